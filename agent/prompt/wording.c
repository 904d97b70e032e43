#include "agent/prompt/wording.h"

#include <glib.h>
#include <string.h>

#include "agent/prompt/language.h"

/* Both PINs of the card begin with three (facts: seen in the published PKCS#15 layout); a reminder
 * of how many are left is worth the room only when some have gone. */
#define TRIES_AT_FIRST 3

/* [action][which] */
static const char *const pin_titles[][2] = {
    [PIN_CHANGE] = {N_("Change the authentication PIN"), N_("Change the signature PIN")},
    [PIN_UNBLOCK] = {N_("Unblock the authentication PIN"), N_("Unblock the signature PIN")},
    [PIN_ACTIVATE] = {N_("Set the authentication PIN"), N_("Set the signature PIN")},
};

const char *wording_title(const struct message *message)
{
    const struct request *request = &message->request;
    switch (request->purpose) {
    case PURPOSE_LOGIN:
        return _("Log in with your ID card");
    case PURPOSE_CERTIFICATE:
        return _("Show your signature certificate");
    case PURPOSE_PIN:
        return message->kind == MESSAGE_PIN
                   ? _(pin_titles[request->task.action][request->task.which])
                   : _("The PINs of your ID card");
    default:
        return request->hash.function != NULL ? _("Sign with your ID card")
                                              : _("Sign a letter with your ID card");
    }
}

const char *wording_what_is_given(const struct message *message)
{
    const struct request *request = &message->request;
    switch (request->purpose) {
    case PURPOSE_LOGIN:
        return _("Your name and personal number will be given to this site:");
    case PURPOSE_CERTIFICATE:
        return _("Your signature certificate, with your name and personal number, will be given to "
                 "this site:");
    case PURPOSE_PIN:
        return NULL;
    default:
        break;
    }
    if (site_is_local(&request->site)) {
        return _("The letter, with your signature, will be given to a program on this computer:");
    }
    return request->hash.function != NULL
               ? _("Your signature, with your name and personal number, will be given to this "
                   "site:")
               : _("The letter, with your signature, will be given to this site:");
}

const char *wording_site_name(const struct site *site)
{
    bool georgian = strcmp(language_code(language_current()), "ka") == 0;
    return georgian ? site->name_ka : site->name_en;
}

const char *wording_local_program(const struct message *message)
{
    return message->request.purpose == PURPOSE_PIN ? "piradi pin" : "piradi sign";
}

/* [which] */
static const char *const pins[] = {N_("Authentication PIN"), N_("Signature PIN")};
static const char *const present_pins[] = {N_("Present authentication PIN"),
                                           N_("Present signature PIN")};
static const char *const new_pins[] = {N_("New authentication PIN"), N_("New signature PIN")};
static const char *const new_pins_again[] = {N_("New authentication PIN once more"),
                                             N_("New signature PIN once more")};

static const char *authorization_name(const struct pin_task *task)
{
    switch (task->action) {
    case PIN_UNBLOCK:
        return _("PUK code");
    case PIN_ACTIVATE:
        return _("Transport PIN");
    default:
        return _(present_pins[task->which]);
    }
}

static const char *field_name(const struct dialog *dialog)
{
    const struct request *request = &dialog->request.request;
    switch (dialog->step) {
    case STEP_AUTHORIZATION:
        return authorization_name(&request->task);
    case STEP_NEW:
        return _(new_pins[request->task.which]);
    case STEP_REPEAT:
        return _(new_pins_again[request->task.which]);
    default:
        return _(pins[request->purpose == PURPOSE_LOGIN ? PIN_OF_LOGIN : PIN_OF_SIGNATURE]);
    }
}

char *wording_field(const struct dialog *dialog)
{
    const struct pin_rule *rule = dialog_rule(dialog);
    const char *name = field_name(dialog);
    if (rule->min == rule->max) {
        /* Translators: what is to be typed, e.g. "Signature PIN (6 digits)". */
        return g_strdup_printf(_("%s (%u digits)"), name, rule->min);
    }
    return g_strdup_printf(_("%s (%u to %u digits)"), name, rule->min, rule->max);
}

static char *wrong_text(const struct dialog *dialog)
{
    unsigned tries = dialog->tries_left;
    enum pin_action action = dialog->request.request.task.action;
    if (dialog->step == STEP_AUTHORIZATION && action == PIN_UNBLOCK) {
        return g_strdup_printf(
            ngettext("Wrong PUK code. %u try left.", "Wrong PUK code. %u tries left.", tries),
            tries);
    }
    if (dialog->step == STEP_AUTHORIZATION && action == PIN_ACTIVATE) {
        return g_strdup_printf(ngettext("Wrong transport PIN. %u try left.",
                                        "Wrong transport PIN. %u tries left.", tries),
                               tries);
    }
    return g_strdup_printf(ngettext("Wrong PIN. %u try left.", "Wrong PIN. %u tries left.", tries),
                           tries);
}

char *wording_trouble(const struct dialog *dialog)
{
    unsigned tries = dialog->tries_left;
    if (dialog->new_pins_differ) {
        return g_strdup(_("The two new PINs were not the same. Choose the new PIN again."));
    }
    if (dialog->pin_was_wrong) {
        return wrong_text(dialog);
    }
    if (dialog->step == STEP_NEW || dialog->step == STEP_REPEAT || tries >= TRIES_AT_FIRST ||
        dialog_is_last_try(dialog)) {
        return NULL;
    }
    return g_strdup_printf(ngettext("%u try left.", "%u tries left.", tries), tries);
}

const struct sentence *wording_last_try(const struct dialog *dialog)
{
    static const struct sentence pin = {
        N_("This is the last try"),
        N_("If this PIN is wrong, it will be blocked, and you will need the PUK code "
           "to unblock it. If you are not sure, cancel: nothing is lost.")};
    static const struct sentence code = {
        N_("This is the last try"),
        N_("If this code is wrong, it will be blocked, and only a justice house can help then. If "
           "you are not sure, cancel: nothing is lost.")};
    bool another =
        dialog->step == STEP_AUTHORIZATION && dialog->request.request.task.action != PIN_CHANGE;
    return another ? &code : &pin;
}

static const char *confirm_of_task(const struct dialog *dialog)
{
    if (dialog->step != STEP_REPEAT) {
        return _("Continue");
    }
    switch (dialog->request.request.task.action) {
    case PIN_CHANGE:
        return _("Change");
    case PIN_UNBLOCK:
        return _("Unblock");
    default:
        return _("Set");
    }
}

const char *wording_confirm(const struct dialog *dialog)
{
    if (dialog_is_last_try(dialog)) {
        return _("Use the last try");
    }
    if (dialog_has_pad(dialog)) {
        return _("Continue");
    }
    switch (dialog->request.request.purpose) {
    case PURPOSE_LOGIN:
        return _("Log in");
    case PURPOSE_PIN:
        return confirm_of_task(dialog);
    case PURPOSE_CERTIFICATE:
        return _("Allow");
    default:
        return _("Sign");
    }
}

const struct sentence *wording_working(const struct dialog *dialog)
{
    static const struct sentence preparing = {N_("The letter is being prepared"),
                                              N_("One moment, please.")};
    static const struct sentence answered = {N_("One moment, please"),
                                             N_("This window will continue by itself.")};
    static const struct sentence pad = {
        N_("Type the PIN on the card reader"),
        N_("Use the keys of the reader, and confirm there. The PIN does not pass through this "
           "computer.")};
    static const struct sentence card = {N_("The card is working"),
                                         N_("Please leave the card in the reader.")};
    if (dialog->state == DIALOG_RECEIVING) {
        return &preparing;
    }
    if (dialog->state == DIALOG_ANSWERED) {
        return &answered;
    }
    return dialog_has_pad(dialog) ? &pad : &card;
}

#define NEW_PIN_ADVICE                                                                             \
    N_("The new PIN is valid from now on. Tell it to nobody: not even an official may ask for "    \
       "it.")

const struct sentence *wording_done(const struct request *request)
{
    /* [action][which] */
    static const struct sentence sentences[][2] = {
        [PIN_CHANGE] = {{N_("The authentication PIN has been changed"), NEW_PIN_ADVICE},
                        {N_("The signature PIN has been changed"), NEW_PIN_ADVICE}},
        [PIN_UNBLOCK] = {{N_("The authentication PIN has been unblocked"), NEW_PIN_ADVICE},
                         {N_("The signature PIN has been unblocked"), NEW_PIN_ADVICE}},
        [PIN_ACTIVATE] = {{N_("The authentication PIN has been set"), NEW_PIN_ADVICE},
                          {N_("The signature PIN has been set"), NEW_PIN_ADVICE}},
    };
    return &sentences[request->task.action][request->task.which];
}

const struct sentence *wording_agreeing(const struct dialog *dialog)
{
    static const struct sentence certificate = {
        N_("Show the certificate?"),
        N_("No PIN is needed for this. Nothing is signed; the site asks for the certificate to "
           "prepare what you are to sign.")};
    static const struct sentence pad = {
        N_("The PIN is typed on the card reader"),
        N_("The card reader has keys of its own. Continue here, then type the PIN there.")};
    return dialog_has_pad(dialog) ? &pad : &certificate;
}

const struct sentence *wording_waiting(enum waiting_for waiting_for)
{
    static const struct sentence sentences[] = {
        [WAITING_FOR_READER] = {N_("Connect a card reader"),
                                N_("This window will continue by itself.")},
        [WAITING_FOR_CARD] = {N_("Insert your ID card into the reader"),
                              N_("This window will continue by itself.")},
        [WAITING_FOR_PCSC] = {N_("The card service is not running"),
                              N_("Start the service \"pcscd\", or ask the person who looks after "
                                 "this computer. This "
                                 "window will continue by itself.")},
    };
    return &sentences[waiting_for];
}

const char *wording_unlisted(void)
{
    return _("Nobody who looks after this computer has listed this site. Log in only if you know "
             "it and opened it yourself.");
}

const char *wording_verified(void)
{
    return _("The site has signed this request, and the signature is right.");
}
