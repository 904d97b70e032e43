/*
 * pcsc.h with a hostile card in the one reader: tests/unit/pkcs11/fake_card.h's card, whose answers
 * a script spoils. Nothing here waits, so that a call that would do so in life returns at once.
 *
 * A script is a row of orders. Each command to the card takes one: its low three bits say what, the
 * rest a number. Without any left, the card is honest.
 *
 *     0, 1, 2   honest for the next NUMBER commands, too
 *     3         a byte is changed: position (2 bytes), bits to turn (1)
 *     4         the status word is these 2 bytes
 *     5         the answer is these bytes: how many (1), then they
 *     6         the answer gets this size (2 bytes), or with NUMBER 1 the largest
 *     7         the reader fails: which way (1)
 */
#ifndef PIRADI_TESTS_FUZZ_HOSTILE_PCSC_H
#define PIRADI_TESTS_FUZZ_HOSTILE_PCSC_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define HOSTILE_NEVER 0

/* A new card, of generation B if the script has an even size, else of A; an honest reader. The
 * script is lent. */
void hostile_begin(const uint8_t *script, size_t size);
/* The nth call of pcsc.h from now that can fail does so; HOSTILE_NEVER: none. */
void hostile_fail_at(unsigned nth, enum status status);
/* Calls of pcsc.h that could have failed, since hostile_begin. */
unsigned hostile_calls(void);

#endif
