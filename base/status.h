/*
 * The one vocabulary of failures, from the card to the page.
 *
 * One line is one thing that can go wrong: the enumerator, its HTTP status where the bridge or the
 * portal answers with it (RFC 9110), and the code's name without `STATUS_`, which is what the wire,
 * `piradi.js` and the person's sentence know it by. docs/errors.md explains each.
 */
#ifndef PIRADI_STATUS_H
#define PIRADI_STATUS_H

#include <stdbool.h>

#include "base/must_use.h"

#define STATUS_LIST(X)                                                                             \
    X(OK, 200)                                                                                     \
    X(NO_READER, 409)                                                                              \
    X(NO_CARD, 409)                                                                                \
    X(CARD_UNKNOWN, 409)                                                                           \
    X(CARD_MUTE, 409)                                                                              \
    X(CARD_REMOVED, 409)                                                                           \
    X(CARD_BUSY, 409)                                                                              \
    X(CARD_TIMEOUT, 504)                                                                           \
    X(CARD_CONTACTLESS, 409)                                                                       \
    X(PCSC_UNAVAILABLE, 503)                                                                       \
    X(NO_CERTIFICATE, 409)                                                                         \
    X(CERTIFICATE_EXPIRED, 409)                                                                    \
    X(CERTIFICATE_REVOKED, 409)                                                                    \
    X(CERTIFICATE_UNTRUSTED, 409)                                                                  \
    X(CERTIFICATE_NOT_FOR_THIS_USE, 409)                                                           \
    X(REVOCATION_UNKNOWN, 503)                                                                     \
    X(PIN_WRONG, 409)                                                                              \
    X(PIN_BLOCKED, 409)                                                                            \
    X(PUK_BLOCKED, 409)                                                                            \
    X(PIN_NOT_SET, 409)                                                                            \
    X(PIN_LENGTH, 400)                                                                             \
    X(USER_CANCELLED, 409)                                                                         \
    X(USER_TIMEOUT, 409)                                                                           \
    X(ORIGIN_NOT_ALLOWED, 403)                                                                     \
    X(BUSY, 409)                                                                                   \
    X(TOO_MANY_REQUESTS, 429)                                                                      \
    X(BAD_REQUEST, 400)                                                                            \
    X(NONCE_TOO_SHORT, 400)                                                                        \
    X(DOCUMENT_TOO_LARGE, 413)                                                                     \
    X(DOCUMENT_DAMAGED, 422)                                                                       \
    X(DOCUMENT_ENCRYPTED, 422)                                                                     \
    X(DOCUMENT_FORBIDS_CHANGE, 422)                                                                \
    X(TIMESTAMP_UNAVAILABLE, 503)                                                                  \
    X(VERSION_UNSUPPORTED, 400)                                                                    \
    X(OPERATION_UNKNOWN, 404)                                                                      \
    X(POLICY_REFUSED, 403)                                                                         \
    X(REQUEST_SIGNATURE_INVALID, 403)                                                              \
    X(PROMPT_UNAVAILABLE, 503)                                                                     \
    X(SESSION_EXPIRED, 401)                                                                        \
    X(SIGNER_IS_ANOTHER, 403)                                                                      \
    X(SIGNATURE_INVALID, 422)                                                                      \
    X(DISK_FULL, 507)                                                                              \
    X(INTERNAL, 500)

enum status {
#define STATUS_ENUMERATOR(code, http) STATUS_##code,
    STATUS_LIST (STATUS_ENUMERATOR)
#undef STATUS_ENUMERATOR
};

/* The code's name on the wire, e.g. "PIN_WRONG". Static; never NULL (a value out of range gives
 * "INTERNAL"). */
const char *status_code(enum status status);

/* The HTTP status, e.g. 409. */
int status_http(enum status status);

/* The reverse of status_code. False, and *status untouched, for a name that is not in the list. */
bool status_from_code(const char *code, enum status *status) MUST_USE;

#endif
