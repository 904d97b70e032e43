/*
 * Requests that a portal's server has signed: the header `Piradi-Signature` carries a JWS with
 * detached payload (RFC 7515, compact serialization and appendix F), by ES256, with one of the keys
 * of the portal's file. Its protected header has exactly these parameters:
 *
 *   alg    ES256
 *   exp    when it expires, in seconds since 1970, at most SIGNED_REQUEST_LIFETIME_S from now
 *   nonce  text of NONCE_LENGTH_MIN to NONCE_LENGTH_MAX characters, used once
 *
 * Its payload is, in UTF-8 and without a line feed at the end,
 *
 *   METHOD SP PATH LF ORIGIN LF SHA-256 of the body in lower-case hexadecimal
 */
#ifndef PIRADI_BRIDGE_SIGNED_REQUEST_H
#define PIRADI_BRIDGE_SIGNED_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/portals.h"
#include "browser-bridge/nonces.h"

#define SIGNED_REQUEST_LIFETIME_S 300
#define SIGNED_REQUEST_JWS_MAX 512

struct signed_request;

/* Begins with what the header said, copied. NULL if memory is out. */
struct signed_request *signed_request_new(const char *jws) MUST_USE;
/* Accepts a pointer to NULL. */
void signed_request_free(struct signed_request **request);

/* The next bytes of the body. */
bool signed_request_update(struct signed_request *request, const uint8_t *bytes,
                           size_t size) MUST_USE;

/*
 * The body is whole: whether the portal has signed this request, now and for the first time; the
 * nonce is then used. To be called once. reason, in English and static, only
 * when false.
 */
bool signed_request_verify(struct signed_request *request, const struct portal *portal,
                           const char *method, const char *path, struct nonces *nonces,
                           int64_t now_s, const char **reason) MUST_USE;

#endif
