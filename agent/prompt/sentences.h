/* What the person reads about each failure of base/status.h: what happened, and what to do next. */
#ifndef PIRADI_PROMPT_SENTENCES_H
#define PIRADI_PROMPT_SENTENCES_H

#include "base/status.h"

/* Untranslated: pass each through _(). */
struct sentence {
    const char *what_happened;
    const char *what_to_do;
};

/* Never NULL. STATUS_OK, which is no failure, has the sentence of STATUS_INTERNAL. */
const struct sentence *sentence_of(enum status status);

#endif
