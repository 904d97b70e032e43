/*
 * Nonces for logins, issued and taken by any number of nodes (rule P1): 256 random bits, bound to a
 * session, good for NONCES_LIFE_S and for one taking, whatever comes of it. A session has one at a
 * time. Where they are kept is the administrator's choice:
 *
 *     sqlite:/var/lib/…/nonces.db            one machine
 *     postgresql://USER@HOST/DATABASE         libpq's own syntax
 *     redis://[:PASSWORD@]HOST:PORT           or redis:/path/of/its.socket
 *
 * Taking is one atomic step there: of two nodes that take at the same moment one gets nothing. A
 * node that dies after it took has used the nonce up. Threads may share it.
 */
#ifndef PIRADI_PORTAL_NONCES_H
#define PIRADI_PORTAL_NONCES_H

#include <stdbool.h>

#include "base/must_use.h"
#include "base/status.h"

#define NONCES_LIFE_S 300
#define NONCES_SIZE 45         /* base64 of 32 bytes, with the NUL */
#define NONCES_SESSION_MAX 128 /* bytes of a session's name */

struct nonces;

/* Makes the table where there is none. NULL, with the reason in the log. */
struct nonces *nonces_open(const char *where) MUST_USE;
void nonces_close(struct nonces **nonces);

/* A new nonce, which takes the place of the session's earlier one. STATUS_BAD_REQUEST for a
 * session's name that is empty or too long; STATUS_INTERNAL, logged, when it cannot be kept. */
enum status nonces_issue(struct nonces *nonces, const char *session,
                         char nonce[NONCES_SIZE]) MUST_USE;

/* Takes the session's nonce for good. STATUS_OPERATION_UNKNOWN if there is none, or it is too old.
 */
enum status nonces_take(struct nonces *nonces, const char *session,
                        char nonce[NONCES_SIZE]) MUST_USE;

#endif
