/* The command line's texts, in the language of the environment; the catalogues are the window's. */
#ifndef PIRADI_CLI_LANGUAGE_H
#define PIRADI_CLI_LANGUAGE_H

#include <libintl.h>

#define LANGUAGE_DOMAIN "piradi"

#define _(text) gettext(text)
#define N_(text) text /* marks a text that is translated when it is shown */

/* Finds the catalogues. Once, after the locale was taken from the environment. */
void language_begin(void);

#endif
