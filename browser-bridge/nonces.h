/*
 * Nonces that portals have used in signed requests, each kept until the request that it came with
 * has expired, so that no request is obeyed twice. Pure: the caller tells the time.
 */
#ifndef PIRADI_BRIDGE_NONCES_H
#define PIRADI_BRIDGE_NONCES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/portals.h"

#define NONCES_MAX 1024
#define NONCE_LENGTH_MIN 22 /* 128 bits in base64url */
#define NONCE_LENGTH_MAX 64

struct nonces;

struct nonces *nonces_new(void) MUST_USE;
void nonces_free(struct nonces **nonces);

/*
 * Notes the portal's nonce until expires_s. False when it is noted already, has not
 * NONCE_LENGTH_MIN to NONCE_LENGTH_MAX characters, or NONCES_MAX are.
 */
bool nonces_use(struct nonces *nonces, const struct portal *portal, const char *nonce,
                int64_t expires_s, int64_t now_s) MUST_USE;

#endif
