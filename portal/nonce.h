/*
 * The nonce of a login (rule P1): 256 random bits, bound to the session that asked for it, good for
 * five minutes and for one try, whatever the try's outcome. A session has one at a time.
 */
#ifndef PIRADI_PORTAL_NONCE_H
#define PIRADI_PORTAL_NONCE_H

#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"
#include "portal/session.h"
#include "portal/store.h"

#define NONCE_LIFE_S 300
#define NONCE_SIZE 45 /* base64 of 32 bytes, with the NUL */

/* A new nonce, which takes the place of the session's earlier one. */
enum status nonce_issue(struct store *store, const struct session *session, int64_t now,
                        char nonce[NONCE_SIZE]) MUST_USE;

/* Takes the session's nonce for good. STATUS_OPERATION_UNKNOWN if there is none, or it is too old.
 */
enum status nonce_take(struct store *store, const struct session *session, int64_t now,
                       char nonce[NONCE_SIZE]) MUST_USE;

#endif
