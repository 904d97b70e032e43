/*
 * Sessions (rule P5). A browser holds a random cookie, the database only its SHA-256. A session
 * begins without a citizen and is replaced by one with another cookie at login, so that nobody can
 * plant one. It ends when it is closed, is not used for SESSION_IDLE_S (SESSION_ANONYMOUS_S before
 * login), or is SESSION_WHOLE_S old.
 */
#ifndef PIRADI_PORTAL_SESSION_H
#define PIRADI_PORTAL_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"
#include "portal/citizen.h"
#include "portal/random_hex.h"
#include "portal/store.h"

#define SESSION_ANONYMOUS_S 900 /* 15 minutes */
#define SESSION_IDLE_S 1800     /* 30 minutes */
#define SESSION_WHOLE_S 28800   /* 8 hours */

#define SESSION_SECRET_BYTES 32
#define SESSION_SECRET_SIZE RANDOM_HEX_SIZE(SESSION_SECRET_BYTES)
#define SESSION_KEY_SIZE 32

struct session {
    uint8_t key[SESSION_KEY_SIZE]; /* what other tables know it by */
    char csrf[SESSION_SECRET_SIZE];
    bool logged_in;
    struct citizen citizen; /* empty unless logged_in */
};

/* Opens a session without a citizen, sweeps out those that have ended, and gives its cookie. */
enum status session_open(struct store *store, int64_t now, struct session *session,
                         char cookie[SESSION_SECRET_SIZE]) MUST_USE;

/* The session of a cookie, marked as used. STATUS_SESSION_EXPIRED if there is none (any more). */
enum status session_find(struct store *store, const char *cookie, int64_t now,
                         struct session *session) MUST_USE;

/* Replaces *session by a new one of this citizen's, with another cookie and CSRF token. */
enum status session_login(struct store *store, const struct citizen *citizen, int64_t now,
                          struct session *session, char cookie[SESSION_SECRET_SIZE]) MUST_USE;

enum status session_close(struct store *store, const struct session *session) MUST_USE;

/* Whether a request's CSRF token is this session's; in constant time. NULL is not. */
bool session_csrf_is(const struct session *session, const char *csrf) MUST_USE;

#endif
