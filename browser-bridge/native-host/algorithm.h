/*
 * How Web eID names what a key signs with (Web eID: system architecture document, "get-signing-
 * certificate" and "sign"), from the names of RFC 7518, section 3.1, that the agent gives.
 */
#ifndef PIRADI_NATIVE_HOST_ALGORITHM_H
#define PIRADI_NATIVE_HOST_ALGORITHM_H

#include <jansson.h>

#include "base/must_use.h"

/* {"cryptoAlgorithm", "hashFunction", "paddingScheme"} of RS256, PS384, ES512 and their like: a new
 * reference; NULL for any other name, or if memory is out. */
json_t *algorithm_of(const char *name) MUST_USE;

/* The same for each hash function with which a key of that algorithm can sign: a list. */
json_t *algorithms_of(const char *name) MUST_USE;

#endif
