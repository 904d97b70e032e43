/* Unguessable names: cookies, CSRF tokens, letters' ids. */
#ifndef PIRADI_PORTAL_RANDOM_HEX_H
#define PIRADI_PORTAL_RANDOM_HEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must_use.h"

#define RANDOM_HEX_SIZE(bytes) (2 * (bytes) + 1)
#define RANDOM_HEX_BYTES_MAX 32

/* Writes 2 * bytes lower-case digits and a NUL. False, logged, if there is no randomness. */
bool random_hex(char *text, size_t bytes) MUST_USE;

#endif
