/* Bytes as hexadecimal text: upper case out, either case in, no spaces. */
#ifndef PIRADI_TESTS_CARD_HEX_H
#define PIRADI_TESTS_CARD_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* False, *size untouched, for text that is no whole bytes or more than room of them. */
bool hex_decode(const char *text, uint8_t *bytes, size_t room, size_t *size) MUST_USE;

/* Writes 2 * size digits and no terminator. */
void hex_encode(const uint8_t *bytes, size_t size, char *text);

#endif
