#include "agent/prompt/state_view.h"

#include "agent/prompt/language.h"
#include "agent/prompt/sentences.h"
#include "agent/prompt/text.h"
#include "agent/prompt/widgets.h"

/* Both PINs of the card begin with three (facts: seen in the published PKCS#15 layout); a reminder
 * of how many are left is worth the room only when some have gone. */
#define TRIES_AT_FIRST 3

static GtkWidget *new_waiting_view(enum waiting_for waiting_for)
{
    const char *goes_on = _("This window will continue by itself.");
    switch (waiting_for) {
    case WAITING_FOR_READER:
        return widgets_notice(widgets_picture("drive-harddisk-usb-symbolic"),
                              _("Connect a card reader"), goes_on);
    case WAITING_FOR_CARD:
        return widgets_notice(widgets_picture("auth-smartcard-symbolic"),
                              _("Insert your ID card into the reader"), goes_on);
    default:
        return widgets_notice(
            widgets_picture("dialog-warning-symbolic"), _("The card service is not running"),
            _("Start the service \"pcscd\", or ask the person who looks after this computer. This "
              "window will continue by itself."));
    }
}

static GtkWidget *new_spinner_view(const char *headline, const char *advice)
{
    GtkWidget *spinner = gtk_spinner_new();
    gtk_widget_set_size_request(spinner, 32, 32);
    gtk_widget_set_halign(spinner, GTK_ALIGN_CENTER);
    gtk_spinner_start(GTK_SPINNER(spinner));
    return widgets_notice(spinner, headline, advice);
}

static GtkWidget *new_failure_view(const struct failure *failure)
{
    const struct sentence *sentence = sentence_of(failure->status);
    GtkWidget *view = widgets_notice(widgets_picture("dialog-warning-symbolic"),
                                     _(sentence->what_happened), _(sentence->what_to_do));
    if (failure->holder != NULL) {
        char *holder = text_for_display(failure->holder);
        char *text = g_strdup_printf(_("The other program: %s"), holder);
        gtk_box_append(GTK_BOX(view), widgets_centred_label(text, NULL));
        g_free(text);
        g_free(holder);
    }
    GtkWidget *code = widgets_label(status_code(failure->status), "code");
    gtk_label_set_selectable(GTK_LABEL(code), TRUE);
    gtk_widget_set_halign(code, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(view), code);
    return view;
}

static char *pin_label(const struct request *request)
{
    const struct pin_rule *pin = &request->pin;
    bool login = request->purpose == PURPOSE_LOGIN;
    if (pin->min == pin->max) {
        return g_strdup_printf(
            login ? _("Authentication PIN (%u digits)") : _("Signature PIN (%u digits)"), pin->min);
    }
    return g_strdup_printf(login ? _("Authentication PIN (%u to %u digits)")
                                 : _("Signature PIN (%u to %u digits)"),
                           pin->min, pin->max);
}

/* What is below the field: that the PIN was wrong, or how many tries are left; NULL if neither. */
static GtkWidget *new_tries_view(const struct dialog *dialog)
{
    unsigned tries = dialog->tries_left;
    if (!dialog->pin_was_wrong && tries >= TRIES_AT_FIRST) {
        return NULL;
    }
    char *text =
        dialog->pin_was_wrong
            ? g_strdup_printf(
                  ngettext("Wrong PIN. %u try left.", "Wrong PIN. %u tries left.", tries), tries)
            : g_strdup_printf(ngettext("%u try left.", "%u tries left.", tries), tries);
    GtkWidget *view = widgets_alert(text, dialog->pin_was_wrong ? "error" : NULL);
    g_free(text);
    return view;
}

static GtkWidget *new_last_try_view(void)
{
    GtkWidget *view = widgets_column(4, "warning-sheet");
    gtk_box_append(GTK_BOX(view), widgets_alert(_("This is the last try"), "name"));
    gtk_box_append(
        GTK_BOX(view),
        widgets_alert(_("If this PIN is wrong, it will be blocked, and you will need the PUK code "
                        "to unblock it. If you are not sure, cancel: nothing is lost."),
                      NULL));
    return view;
}

static void describe_field(const struct dialog *dialog, PinField *field, const char *name)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(field), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    gtk_accessible_update_state(
        GTK_ACCESSIBLE(field), GTK_ACCESSIBLE_STATE_INVALID,
        dialog->pin_was_wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static GtkWidget *new_asking_view(const struct dialog *dialog, PinField *field)
{
    char *name = pin_label(&dialog->request.request);
    GtkWidget *view = widgets_column(6, "asking");
    GtkWidget *tries = new_tries_view(dialog);
    if (dialog_is_last_try(dialog)) {
        gtk_box_append(GTK_BOX(view), new_last_try_view());
    }
    gtk_box_append(GTK_BOX(view), widgets_label(name, "name"));
    gtk_box_append(GTK_BOX(view), GTK_WIDGET(field));
    if (tries != NULL) {
        gtk_box_append(GTK_BOX(view), tries);
    }
    describe_field(dialog, field, name);
    g_free(name);
    return view;
}

GtkWidget *state_view_new(const struct dialog *dialog, PinField *field)
{
    switch (dialog->state) {
    case DIALOG_WAITING:
        return new_waiting_view(dialog->request.request.waiting_for);
    case DIALOG_ASKING:
        return new_asking_view(dialog, field);
    case DIALOG_WORKING:
        return new_spinner_view(_("The card is working"),
                                _("Please leave the card in the reader."));
    case DIALOG_RECEIVING:
        return new_spinner_view(_("The letter is being prepared"), _("One moment, please."));
    default:
        return new_failure_view(&dialog->failure.failure);
    }
}
