/* letter_write: what a citizen may write. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "portal/letter.h"

/* A character that a reader does not see, or that changes what is seen around it. Joiners stay:
 * names need them. */
static bool is_hidden(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_UNASSIGNED ||
           type == G_UNICODE_PRIVATE_USE || type == G_UNICODE_SURROGATE ||
           type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR ||
           (type == G_UNICODE_FORMAT && c != 0x200c && c != 0x200d);
}

static bool is_plain(const char *text, bool lines)
{
    for (const char *c = text; *c != '\0'; c = g_utf8_find_next_char(c, NULL)) {
        gunichar character = g_utf8_get_char(c);
        if (is_hidden(character) && !(lines && (*c == '\n' || *c == '\t'))) {
            return false;
        }
    }
    return true;
}

/* A copy for free() with \n for every line end and without white space at its ends. */
static char *tidy(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        return NULL;
    }
    char *to = copy;
    for (const char *from = copy; *from != '\0'; from++) {
        if (from[0] == '\r') {
            *to++ = '\n';
            from += from[1] == '\n';
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    g_strstrip(copy);
    return copy;
}

enum status letter_write(struct letter *letter, const char *subject, const char *text,
                         const char **detail)
{
    char *tidy_subject = tidy(subject);
    char *tidy_text = tidy(text);
    const char *why = NULL;
    enum status status = STATUS_BAD_REQUEST;

    if (tidy_subject == NULL || tidy_text == NULL) {
        status = STATUS_INTERNAL;
        why = "out of memory";
    } else if (!g_utf8_validate(tidy_subject, -1, NULL) || !g_utf8_validate(tidy_text, -1, NULL)) {
        why = "subject, text: not UTF-8";
    } else if (*tidy_subject == '\0') {
        why = "subject: empty";
    } else if (*tidy_text == '\0') {
        why = "text: empty";
    } else if (g_utf8_strlen(tidy_subject, -1) > LETTER_SUBJECT_CHARACTERS_MAX) {
        why = "subject: more than 200 characters";
    } else if (g_utf8_strlen(tidy_text, -1) > LETTER_TEXT_CHARACTERS_MAX) {
        why = "text: more than 20000 characters";
    } else if (!is_plain(tidy_subject, false)) {
        why = "subject: control, invisible or bidirectional characters";
    } else if (!is_plain(tidy_text, true)) {
        why = "text: control, invisible or bidirectional characters";
    } else {
        free(letter->subject);
        free(letter->text);
        letter->subject = tidy_subject;
        letter->text = tidy_text;
        return STATUS_OK;
    }
    free(tidy_subject);
    free(tidy_text);
    *detail = why;
    return status;
}
