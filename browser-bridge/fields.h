/*
 * The body of a POST: one flat JSON object of exactly the text fields that the route knows. No
 * depth, no duplicates, no other key, no NUL, valid UTF-8 (rule B16 of docs/security.md).
 */
#ifndef PIRADI_BRIDGE_FIELDS_H
#define PIRADI_BRIDGE_FIELDS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

#define FIELDS_WRONG_MAX 128

/*
 * Takes exactly these fields (a list that ends with NULL), all text. A new reference; NULL for
 * anything else, and then wrong names the field and the rule, in English.
 */
json_t *fields_parse(const uint8_t *bytes, size_t size, const char *const names[],
                     char wrong[FIELDS_WRONG_MAX]) MUST_USE;

/* The text of a field that fields_parse has seen; lent. */
const char *fields_text(const json_t *fields, const char *name);

#endif
