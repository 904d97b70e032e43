#include "agent/prompt/text.h"

#include <glib.h>
#include <string.h>

#include "agent/prompt/language.h"

#define REPLACEMENT 0xFFFD

static bool is_plain(gunichar character)
{
    switch (g_unichar_type(character)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return false;
    default:
        return true;
    }
}

static void append_plain(GString *shown, gunichar character)
{
    g_string_append_unichar(shown, is_plain(character) ? character : REPLACEMENT);
}

char *text_for_display(const char *utf8)
{
    GString *shown = g_string_new(NULL);
    size_t count = 0;
    for (const char *next = utf8; *next != '\0'; next = g_utf8_find_next_char(next, NULL)) {
        if (count++ == TEXT_SHOWN_MAX) {
            g_string_append(shown, "…");
            break;
        }
        append_plain(shown, g_utf8_get_char(next));
    }
    return g_string_free(shown, FALSE);
}

char *text_of_lines(const char *utf8)
{
    GString *shown = g_string_new(NULL);
    for (const char *next = utf8; *next != '\0'; next = g_utf8_find_next_char(next, NULL)) {
        if (*next == '\n') {
            g_string_append_c(shown, '\n');
        } else if (next[0] != '\r' || next[1] != '\n') {
            append_plain(shown, g_utf8_get_char(next));
        }
    }
    return g_string_free(shown, FALSE);
}

char *text_of_date(const struct date *date)
{
    GDateTime *day =
        g_date_time_new_utc((int)date->year, (int)date->month, (int)date->day, 0, 0, 0);
    /* Translators: year, month and day of a date, as your readers write it. */
    char *text = g_date_time_format(day, _("%Y-%m-%d"));
    g_date_time_unref(day);
    return text;
}

char *text_of_size(uint64_t size_bytes)
{
    if (size_bytes < 1000) {
        return g_strdup_printf(_("%u bytes"), (unsigned)size_bytes);
    }
    if (size_bytes < 1000000) {
        return g_strdup_printf(_("%.1f kB"), (double)size_bytes / 1e3);
    }
    return g_strdup_printf(_("%.1f MB"), (double)size_bytes / 1e6);
}

char *text_of_digest(const char *hex)
{
    GString *groups = g_string_new(NULL);
    for (size_t i = 0; hex[i] != '\0'; i++) {
        if (i > 0 && i % 4 == 0) {
            g_string_append_c(groups, ' ');
        }
        g_string_append_c(groups, hex[i]);
    }
    return g_string_free(groups, FALSE);
}
