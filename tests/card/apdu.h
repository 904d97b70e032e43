/*
 * A command APDU taken apart, ISO/IEC 7816-4:2013, 5.1 and annex B: the four cases, short and
 * extended. Pure.
 */
#ifndef PIRADI_TESTS_CARD_APDU_H
#define PIRADI_TESTS_CARD_APDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

#define APDU_NE_SHORT_MAX 256
#define APDU_NE_EXTENDED_MAX 65536
#define APDU_HEADER_SIZE 4

struct apdu {
    uint8_t cla;
    uint8_t ins;
    uint8_t p1;
    uint8_t p2;
    const uint8_t *data; /* lent by the bytes that were parsed; NULL without a data field */
    size_t data_size;    /* Nc */
    size_t ne;           /* most bytes that the terminal takes; 0 without an Le field */
    bool ne_is_maximum;  /* Le held only zero bytes: "as much as there is" */
};

/* False, apdu untouched, when the bytes are none of the seven forms. */
bool apdu_parse(const uint8_t *bytes, size_t size, struct apdu *apdu) MUST_USE;

#endif
