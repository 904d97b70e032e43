#include "agent/prompt/terminal.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "agent/prompt/language.h"
#include "agent/prompt/text.h"
#include "agent/prompt/wording.h"

#define READ_SIZE 64
#define CTRL_C 0x03
#define CTRL_D 0x04
#define CTRL_H 0x08
#define TAB '\t'
#define CTRL_L 0x0C
#define CTRL_BACKSLASH 0x1C
#define ESCAPE 0x1B
#define DELETE 0x7F

/* Where in an escape sequence, such as an arrow key sends (ECMA-48, 5.4), the next byte is. */
enum escape { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_PARAMETERS };

struct terminal {
    int fd;
    struct session *session;
    struct termios before;
    enum escape escape;
    struct secret *typed; /* digits of a PIN, of a card's number, or of a yes */
    guint source;         /* 0 once the terminal is gone */
    unsigned shown_request;
    unsigned shown_changes;
};

static void put(const struct terminal *terminal, const char *text)
{
    for (size_t size = strlen(text); size > 0;) {
        ssize_t wrote = write(terminal->fd, text, size);
        if (wrote < 0 && errno != EINTR) {
            return; /* who cannot read it is not there: reading tells */
        }
        if (wrote > 0) {
            text += wrote;
            size -= (size_t)wrote;
        }
    }
}

static void G_GNUC_PRINTF(2, 3) say(const struct terminal *terminal, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    put(terminal, text);
    g_free(text);
}

/* Somebody else's text after a name of ours. */
static void say_foreign(const struct terminal *terminal, const char *name, const char *text)
{
    char *shown = text_for_display(text);
    say(terminal, "  %s: %s\n", name, shown);
    g_free(shown);
}

static void say_site(const struct terminal *terminal, const struct message *message)
{
    const struct site *site = &message->request.site;
    const char *given = wording_what_is_given(message);
    say(terminal, "\n%s\n", wording_title(message));
    if (given != NULL) {
        say(terminal, "%s\n", given);
    }
    if (site_is_local(site)) {
        say_foreign(terminal, _("This computer"), wording_local_program(message));
        return;
    }
    const char *name = wording_site_name(site);
    say_foreign(terminal, site_host(site), name != NULL ? name : "");
    if (site->verified) {
        say(terminal, "%s\n", wording_verified());
    }
    if (site->unlisted) {
        say(terminal, "%s\n", wording_unlisted());
    }
}

static void say_card(const struct terminal *terminal, const struct card *card)
{
    char *valid_until = text_of_date(&card->holder.valid_until);
    char *name = text_for_display(card->holder.name);
    say(terminal, "%s\n", name);
    say_foreign(terminal, _("Personal number"), card->holder.personal_number);
    say_foreign(terminal, _("Issued by"), card->holder.issuer);
    say_foreign(terminal, _("Valid until"), valid_until);
    say_foreign(terminal, _("Card reader"), card->reader);
    g_free(name);
    g_free(valid_until);
}

static void say_document(const struct terminal *terminal, const struct document *document)
{
    char *size = text_of_size(document->size_bytes);
    char *name = text_for_display(document->name);
    size_t i;
    json_t *item;
    say(terminal, "%s\n  %s\n  SHA-256: %s\n", name, size, document->sha256);
    if (document->text != NULL) {
        char *lines = text_of_lines(document->text);
        say(terminal, "\n%s\n\n", lines);
        g_free(lines);
    } else {
        say(terminal, "%s\n", _("The pages of this letter cannot be shown here."));
    }
    json_array_foreach (document->not_shown, i, item) {
        say_foreign(terminal, _("Not shown here, but signed too:"), json_string_value(item));
    }
    g_free(name);
    g_free(size);
}

static void say_subject(const struct terminal *terminal, const struct request *request)
{
    say_card(terminal, &request->card);
    if (request->document.name != NULL) {
        say_document(terminal, &request->document);
    }
    if (request->hash.function != NULL) {
        say(terminal, "%s\n  %s: %s\n", _("What you sign cannot be shown here"),
            request->hash.function, request->hash.value);
    }
    if (request->other_cards) {
        say(terminal, "%s\n", _("Tab: use another card"));
    }
}

static void say_cards(const struct terminal *terminal, const struct request *request)
{
    for (size_t i = 0; i < request->cards_count; i++) {
        say(terminal, "%zu. ", i + 1);
        say_card(terminal, &request->cards[i]);
    }
    say(terminal, _("Which card, 1 to %zu? "), request->cards_count);
}

static void say_trouble(const struct terminal *terminal, const struct dialog *dialog)
{
    char *trouble = wording_trouble(dialog);
    if (trouble != NULL) {
        say(terminal, "%s\n", trouble);
    }
    if (dialog_is_last_try(dialog)) {
        const struct sentence *last = wording_last_try(dialog);
        say(terminal, "%s. %s\n", _(last->what_happened), _(last->what_to_do));
    }
    g_free(trouble);
}

static void say_headline(const struct terminal *terminal, const struct sentence *sentence)
{
    say(terminal, "%s…\n", _(sentence->what_happened));
}

static void say_sentence(const struct terminal *terminal, const struct sentence *sentence)
{
    say(terminal, "%s. %s\n", _(sentence->what_happened), _(sentence->what_to_do));
}

static void say_field(const struct terminal *terminal, const struct dialog *dialog)
{
    char *field = wording_field(dialog);
    say_trouble(terminal, dialog);
    say(terminal, "%s: ", field);
    g_free(field);
}

static void say_state(const struct terminal *terminal, const struct dialog *dialog)
{
    const struct request *request = &dialog->request.request;
    switch (dialog->state) {
    case DIALOG_WAITING:
        say_headline(terminal, wording_waiting(request->waiting_for));
        break;
    case DIALOG_CHOOSING:
        say_cards(terminal, request);
        break;
    case DIALOG_AGREEING:
        say_trouble(terminal, dialog);
        say_sentence(terminal, wording_agreeing(dialog));
        say(terminal, "%s", _("1 and Return: yes. Ctrl-C: no. "));
        break;
    case DIALOG_ASKING:
        say_field(terminal, dialog);
        break;
    case DIALOG_DONE:
        say_sentence(terminal, wording_done(request));
        break;
    case DIALOG_FAILED:
        say_sentence(terminal, sentence_of(dialog->failure.failure.status));
        break;
    default:
        say_headline(terminal, wording_working(dialog));
        break;
    }
}

/* Who asks for what is said once, and what it is about as soon as that is whole. */
static void say_request(struct terminal *terminal, const struct dialog *dialog)
{
    bool asked = dialog->state == DIALOG_ASKING || dialog->state == DIALOG_AGREEING;
    if (dialog->requests != terminal->shown_request && dialog->requests > 0 &&
        dialog->state != DIALOG_RECEIVING) {
        say_site(terminal, &dialog->request);
        if (asked) {
            say_subject(terminal, &dialog->request.request);
        }
        terminal->shown_request = dialog->requests;
    }
}

void terminal_update(struct terminal *terminal)
{
    const struct dialog *dialog = session_dialog(terminal->session);
    if (dialog->changes == terminal->shown_changes) {
        return;
    }
    terminal->shown_changes = dialog->changes;
    secret_clear(terminal->typed);
    say_request(terminal, dialog);
    say_state(terminal, dialog);
    if (dialog->state == DIALOG_DONE || dialog->state == DIALOG_FAILED) {
        session_close(terminal->session);
    }
}

/* The number that was typed; 0 for none, or one that is no card's. */
static size_t typed_number(const struct terminal *terminal)
{
    const uint8_t *digits = secret_bytes_direct(terminal->typed);
    size_t number = 0;
    for (size_t i = 0; i < secret_size(terminal->typed) && number <= REQUEST_CARDS_MAX; i++) {
        number = number * 10 + (size_t)(digits[i] - '0');
    }
    return number;
}

/* Return: what was typed is the answer, if it can be one. */
static void answer(struct terminal *terminal)
{
    const struct dialog *dialog = session_dialog(terminal->session);
    unsigned changes = dialog->changes;
    put(terminal, "\n");
    if (dialog->state == DIALOG_ASKING) {
        session_type(terminal->session, terminal->typed);
    } else if (typed_number(terminal) > 0 && dialog->state == DIALOG_CHOOSING) {
        session_choose(terminal->session, typed_number(terminal) - 1);
    } else if (typed_number(terminal) == 1 && dialog->state == DIALOG_AGREEING) {
        session_agree(terminal->session);
    }
    if (dialog->changes == changes) {
        secret_clear(terminal->typed);
        say_state(terminal, dialog);
    }
}

static void change_language(struct terminal *terminal)
{
    language_use((language_current() + 1) % language_count());
    terminal->shown_request = 0;
    put(terminal, "\n");
    say_request(terminal, session_dialog(terminal->session));
    say_state(terminal, session_dialog(terminal->session));
    secret_clear(terminal->typed);
}

/* As many digits as the answer may have. */
static void take_digit(struct terminal *terminal, uint8_t digit)
{
    const struct dialog *dialog = session_dialog(terminal->session);
    size_t most = 0;
    if (dialog->state == DIALOG_ASKING) {
        most = dialog_rule(dialog)->max;
    } else if (dialog->state == DIALOG_CHOOSING || dialog->state == DIALOG_AGREEING) {
        most = 2;
    }
    if (secret_size(terminal->typed) < most && secret_append(terminal->typed, digit)) {
        put(terminal, "*");
    }
}

static void take_key(struct terminal *terminal, uint8_t key)
{
    switch (key) {
    case CTRL_C:
    case CTRL_D:
    case CTRL_BACKSLASH:
        put(terminal, "\n");
        session_close(terminal->session);
        break;
    case '\r':
    case '\n':
        answer(terminal);
        break;
    case CTRL_H:
    case DELETE:
        if (secret_size(terminal->typed) > 0) {
            secret_remove_last(terminal->typed);
            put(terminal, "\b \b");
        }
        break;
    case CTRL_L:
        change_language(terminal);
        break;
    case TAB:
        session_ask_other(terminal->session);
        break;
    default:
        if (key >= '0' && key <= '9') {
            take_digit(terminal, key);
        }
        break;
    }
}

/* Whether the byte belongs to an escape sequence; a control character always ends one. */
static bool is_escaped(struct terminal *terminal, uint8_t byte)
{
    enum escape before = terminal->escape;
    if (byte == ESCAPE) {
        terminal->escape = ESCAPE_BEGUN;
        return true;
    }
    terminal->escape = ESCAPE_NONE;
    if (before == ESCAPE_NONE || byte < ' ') {
        return false;
    }
    bool more = before == ESCAPE_BEGUN ? byte == '[' || byte == 'O' : byte < '@';
    terminal->escape = more ? ESCAPE_PARAMETERS : ESCAPE_NONE;
    return true;
}

static gboolean readable(gint fd, GIOCondition condition, gpointer user)
{
    struct terminal *terminal = user;
    uint8_t keys[READ_SIZE];
    (void)condition;
    ssize_t got = read(fd, keys, sizeof keys);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    if (got <= 0) {
        terminal->source = 0;
        session_close(terminal->session);
        return G_SOURCE_REMOVE;
    }
    for (ssize_t i = 0; i < got; i++) {
        if (!is_escaped(terminal, keys[i])) {
            take_key(terminal, keys[i]);
        }
    }
    explicit_bzero(keys, sizeof keys);
    return G_SOURCE_CONTINUE;
}

static bool prepare(struct terminal *terminal)
{
    if (tcgetattr(terminal->fd, &terminal->before) != 0) {
        return false;
    }
    struct termios quiet = terminal->before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    return tcsetattr(terminal->fd, TCSAFLUSH, &quiet) == 0;
}

struct terminal *terminal_new(int fd, struct session *session)
{
    struct terminal *terminal = g_new0(struct terminal, 1);
    terminal->fd = fd;
    terminal->session = session;
    terminal->typed = secret_new();
    if (terminal->typed == NULL || !prepare(terminal)) {
        secret_free(&terminal->typed);
        g_free(terminal);
        return NULL;
    }
    terminal->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, terminal);
    return terminal;
}

void terminal_free(struct terminal **terminal)
{
    if (*terminal == NULL) {
        return;
    }
    if ((*terminal)->source != 0) {
        g_source_remove((*terminal)->source);
    }
    tcsetattr((*terminal)->fd, TCSAFLUSH, &(*terminal)->before);
    secret_free(&(*terminal)->typed);
    g_free(*terminal);
    *terminal = NULL;
}
