/* The baseline levels of a signature (ETSI EN 319 142-1, EN 319 122-1, EN 319 132-1, clause 6). */
#ifndef PIRADI_LEVEL_H
#define PIRADI_LEVEL_H

#include <stdbool.h>

#include "base/must_use.h"

enum level {
    LEVEL_B,   /* signed */
    LEVEL_T,   /* and its time proven */
    LEVEL_LT,  /* and with all that is needed to judge its certificate later */
    LEVEL_LTA, /* and that proven by a later time-stamp, again and again */
};

/* "B", "T", "LT" or "LTA". Static. */
const char *level_name(enum level level);

/* The reverse. False, and *level untouched, for anything else. */
bool level_from_name(const char *name, enum level *level) MUST_USE;

#endif
