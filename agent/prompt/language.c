#include "agent/prompt/language.h"

#include <glib.h>
#include <locale.h>
#include <string.h>

#define DOMAIN "piradi"

static struct {
    char *codes[LANGUAGES_MAX];
    char *own_names[LANGUAGES_MAX];
    size_t count;
    size_t current;
} languages;

size_t language_count(void)
{
    return languages.count;
}

const char *language_code(size_t language)
{
    return languages.codes[language];
}

const char *language_own_name(size_t language)
{
    return languages.own_names[language];
}

size_t language_current(void)
{
    return languages.current;
}

void language_use(size_t language)
{
    languages.current = language;
    g_setenv("LANGUAGE", languages.codes[language], TRUE);
    /* Makes gettext forget what it has looked up. */
    textdomain(DOMAIN);
}

/* In the locale "C" gettext gives no translation at all, and later C libraries see C.UTF-8 so too.
 */
static void leave_the_c_locale(void)
{
    static const char *const others[] = {"ka_GE.UTF-8", "en_US.UTF-8", "C.UTF-8"};
    const char *locale = setlocale(LC_MESSAGES, NULL);
    if (locale != NULL && locale[0] != 'C' && strcmp(locale, "POSIX") != 0) {
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(others) && setlocale(LC_MESSAGES, others[i]) == NULL; i++) {
    }
}

/* English, the last, if the environment names none of ours. */
static size_t language_of_environment(void)
{
    for (const char *const *wanted = g_get_language_names(); *wanted != NULL; wanted++) {
        for (size_t i = 0; i < languages.count; i++) {
            if (strcmp(*wanted, languages.codes[i]) == 0) {
                return i;
            }
        }
    }
    return languages.count - 1;
}

void language_begin(void)
{
    char **codes = g_strsplit(PIRADI_LANGUAGES " en", " ", LANGUAGES_MAX);
    leave_the_c_locale();
    bindtextdomain(DOMAIN, PIRADI_LOCALE_DIR);
    bind_textdomain_codeset(DOMAIN, "UTF-8");
    for (; codes[languages.count] != NULL; languages.count++) {
        languages.codes[languages.count] = codes[languages.count];
    }
    size_t wanted = language_of_environment();
    for (size_t i = 0; i < languages.count; i++) {
        language_use(i);
        /* Translators: not "English" but the name of your language, in your language. */
        languages.own_names[i] = g_strdup(_("English"));
    }
    language_use(wanted);
    g_free(codes); /* the array; its strings are kept */
}
