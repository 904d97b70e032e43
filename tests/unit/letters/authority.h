/* A time-stamping authority within the test, which can be wrong in many ways. */
#ifndef PIRADI_TEST_AUTHORITY_H
#define PIRADI_TEST_AUTHORITY_H

#include <stdint.h>

#include "letters/timestamp.h"
#include "tests/unit/certs/pki.h"

enum authority_fault {
    AUTHORITY_IS_RIGHT,
    AUTHORITY_IS_SILENT,
    AUTHORITY_SAYS_NONSENSE,
    AUTHORITY_REFUSES,
    AUTHORITY_STAMPS_ANOTHER,  /* imprint */
    AUTHORITY_ANSWERS_ANOTHER, /* nonce */
    AUTHORITY_FORGES,          /* its signature */
    AUTHORITY_HASHES_WEAKLY,   /* SHA-1 over its own words */
};

struct authority {
    struct identity identity;
    const struct identity *issuer;
    time_t at;
    enum authority_fault fault;
    unsigned asked; /* so often */
};

/* The certificate that a right one has. */
extern const struct wish authority_wish;

/* Asks any of these: context is a NULL-ended array of struct authority *, found by the digit that
 * ends the URL. */
fetch_function authority_fetch;

#endif
