/* Documents for tests, in files without a name; close() them. */
#ifndef PIRADI_TEST_SAMPLE_H
#define PIRADI_TEST_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "letters/pades.h"
#include "tests/unit/certs/pki.h"

int sample_empty(void);
int sample_of_bytes(const void *bytes, size_t size);

/* A letter of so many pages by cairo (classic cross-reference table). */
int sample_letter(int pages);

/* The same document as qpdf writes it with these options, ended by NULL. */
int sample_by_qpdf(int document, const char *const options[]);

/*
 * A document of our own with a right cross-reference table: object 1 is the catalogue with these
 * additions, 2 the page tree, 3 the only page with these additions; further objects, each a whole
 * body, are 4 and so on, ended by NULL.
 */
int sample_made(const char *catalogue, const char *page, const char *const objects[]);

/*
 * The document with an update as ISO 32000-1, 7.5.6 has it. Each change is an object's number and
 * its new body, e.g. "4 << /Length 0 >>", or "4 free", or "4 @ 1234", an offset of its new place;
 * ended by NULL. The catalogue is object `root`.
 */
int sample_updated(int document, int root, const char *const changes[]);

/* The document with this text, which must be in it once, replaced by one of the same length. */
int sample_replaced(int document, const char *old, const char *new);

/* All bytes and a NUL, to be free()d. */
uint8_t *sample_bytes(int document, size_t *size);

/* What follows the last such word; the bytes are a file's, with a NUL behind. */
const char *sample_after_last(const uint8_t *bytes, size_t size, const char *word);

/* The signature of a card: SHA-256 over what is to be signed. Gives its size. */
size_t sample_soft_sign(EVP_PKEY *key, const uint8_t *message, size_t size,
                        uint8_t signature[1024]);

/* Signs as the agent would, with the CA in the chain. Fails the test when anything goes wrong. */
int sample_signed(int document, const struct identity *signer, const struct identity *ca,
                  time_t at);

#endif
