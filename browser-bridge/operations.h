/*
 * Operations that a page begins with one request, reads the result of with another, and may cancel
 * with a third, by an id: random (128 bits), known to the origin and the kind of page that began
 * it, with one reader (rule B20 of docs/security.md). Each does its work in an exchange of its own
 * that has no connection.
 *
 * An operation lives only while somebody wants to know: it is cancelled when its reader hangs up
 * (rule B13), or when nobody reads it for OPERATION_UNREAD_MS.
 */
#ifndef PIRADI_BRIDGE_OPERATIONS_H
#define PIRADI_BRIDGE_OPERATIONS_H

#include <uv.h>

#include "base/must_use.h"
#include "browser-bridge/exchange.h"

#define OPERATIONS_MAX 16
#define OPERATION_UNREAD_MS (15 * 1000)
#define OPERATION_ID_LENGTH 32 /* 128 random bits in hexadecimal */

struct operation;
struct operations;

struct operations *operations_new(uv_loop_t *loop) MUST_USE;
/* Cancels all; nobody reads any more. The loop runs once more after it. */
void operations_free(struct operations **operations);

/*
 * Does at once what the endpoint does with this exchange's body, for the same portal. NULL, and
 * nothing done, when there are OPERATIONS_MAX or memory is out. Lent until the loop's next turn.
 */
const char *operations_begin(struct operations *operations, struct exchange *exchange,
                             const struct endpoint *endpoint) MUST_USE;

/* That of the exchange's portal and kind of page; NULL if there is none. */
struct operation *operations_find(struct operations *operations, const char *id,
                                  const struct exchange *exchange) MUST_USE;

/* The result answers this exchange, now or when it comes. False when somebody reads already. */
bool operation_read(struct operation *operation, struct exchange *reader) MUST_USE;

/* Its reader, if any, is answered STATUS_USER_CANCELLED. */
void operation_cancel(struct operation *operation);

/* The reader has gone, or is answered. */
void operation_leave(struct operation *operation);

#endif
