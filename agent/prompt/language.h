/*
 * The language of the window, which the person can change while it is open. Catalogues are
 * gettext's: po/CODE.po, one for each language but English, which is in the sources.
 */
#ifndef PIRADI_PROMPT_LANGUAGE_H
#define PIRADI_PROMPT_LANGUAGE_H

#include <libintl.h>
#include <stddef.h>

#define _(text) gettext(text)
#define N_(text) text /* marks a text that is translated when it is shown */

/* More would not fit on the switch. */
#define LANGUAGES_MAX 8

/*
 * Finds the catalogues and takes the language from the environment (LANGUAGE, LC_ALL, LC_MESSAGES,
 * LANG), else English. Once, before the first thread: it adds a variable to the environment, whose
 * value alone changes afterwards.
 */
void language_begin(void);

size_t language_count(void);
/* ISO 639-1, e.g. "ka". Static. */
const char *language_code(size_t language);
/* In that language itself, e.g. "ქართული". Static. */
const char *language_own_name(size_t language);

size_t language_current(void);
/* From here on _() gives this language's texts. */
void language_use(size_t language);

#endif
