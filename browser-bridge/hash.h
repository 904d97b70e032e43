/* Hashes that a portal made itself and wants signed. */
#ifndef PIRADI_BRIDGE_HASH_H
#define PIRADI_BRIDGE_HASH_H

#include <stdbool.h>

#include "base/must_use.h"

/* Whether it is base64 of as many bytes as that function gives: SHA-256, SHA-384 or SHA-512. */
bool hash_is_of(const char *base64, const char *function) MUST_USE;

#endif
