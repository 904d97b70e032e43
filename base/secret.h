/*
 * Memory for a PIN: locked in RAM, left out of cores, wiped when freed and when emptied. Its
 * storage wipes and unlocks itself, so that no caller can forget. Rule A1 of docs/security.md.
 */
#ifndef PIRADI_SECRET_H
#define PIRADI_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* Longest PIN or PUK that any PKCS#15 card may declare (ISO/IEC 7816-15, maxLength), with room to
 * spare. */
#define SECRET_MAX 64

struct secret;

/* An empty secret on a page of its own. NULL if memory cannot be had *and locked*: a PIN is never
 * kept unlocked. */
struct secret *secret_new(void) MUST_USE;

/* Wipes, unlocks, frees, clears the caller's pointer. Accepts NULL and a pointer to NULL. */
void secret_free(struct secret **secret);

/* Replaces the content. False, content untouched, if size is over SECRET_MAX. */
bool secret_set(struct secret *secret, const uint8_t *bytes, size_t size) MUST_USE;

/* Adds one byte at the end. False if full. */
bool secret_append(struct secret *secret, uint8_t byte) MUST_USE;

/* Wipes the last byte, if there is one. */
void secret_remove_last(struct secret *secret);

/* Wipes the content; the storage stays. */
void secret_clear(struct secret *secret);

size_t secret_size(const struct secret *secret);

/* Lends the bytes (not terminated); valid until the next call on this secret. Copy them nowhere. */
const uint8_t *secret_bytes_direct(const struct secret *secret);

/*
 * Sends the content as one message on a SOCK_SEQPACKET socket, or receives one into the secret
 * (blocking; at most SECRET_MAX bytes, a longer one is refused whole). False on error or end of
 * file; a failed receive leaves it empty.
 */
bool secret_send(const struct secret *secret, int fd) MUST_USE;
bool secret_receive(struct secret *secret, int fd) MUST_USE;

#endif
