/* The two things that a card does for a portal; each has a key and a PIN of its own (rule A4). */
#ifndef PIRADI_CERTS_PURPOSE_H
#define PIRADI_CERTS_PURPOSE_H

#include <stdbool.h>
#include <string.h>

#include "certs/trust.h"

/* The word on the wire. */
static inline const char *purpose_word(enum trust_purpose purpose)
{
    return purpose == TRUST_LOGIN ? "login" : "sign";
}

static inline bool purpose_from_word(const char *word, enum trust_purpose *purpose)
{
    bool login = strcmp(word, "login") == 0;
    if (!login && strcmp(word, "sign") != 0) {
        return false;
    }
    *purpose = login ? TRUST_LOGIN : TRUST_SIGN;
    return true;
}

#endif
