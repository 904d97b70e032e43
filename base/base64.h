/* Base64 of RFC 4648, section 4 (with padding, no line breaks), by OpenSSL. */
#ifndef PIRADI_BASE64_H
#define PIRADI_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* A new NUL-terminated string for the caller to free(); NULL if memory is out or size is over 1
 * GiB. */
char *base64_encode(const uint8_t *bytes, size_t size) MUST_USE;

/* New bytes for the caller to free() and their number; NULL for anything but strict padded base64.
 */
uint8_t *base64_decode(const char *text, size_t *size) MUST_USE;

#endif
