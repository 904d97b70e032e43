#include "agent/cli/language.h"

#include <stdlib.h>
#include <string.h>

/* argp folds its help by bytes, of which a Georgian letter has three. */
#define HELP_WIDTH "rmargin=200"

void language_begin(void)
{
    bindtextdomain(LANGUAGE_DOMAIN, PIRADI_LOCALE_DIR);
    bind_textdomain_codeset(LANGUAGE_DOMAIN, "UTF-8");
    textdomain(LANGUAGE_DOMAIN);
    if (strcmp(_("English"), "English") != 0) {
        setenv("ARGP_HELP_FMT", HELP_WIDTH, 0);
    }
}
