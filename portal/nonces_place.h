/*
 * One kind of place for nonces: what nonces.c asks of SQLite, PostgreSQL and Redis. A connection is
 * used by one thread at a time; one that failed is closed and opened anew for the next.
 */
#ifndef PIRADI_PORTAL_NONCES_PLACE_H
#define PIRADI_PORTAL_NONCES_PLACE_H

#include <stdbool.h>

#include "base/must_use.h"
#include "portal/nonces.h"

#define NONCES_KEY_SIZE 65     /* SHA-256 of the session's name in hexadecimal, with the NUL */
#define NONCES_TIMEOUT_MS 5000 /* of a connection, and of a statement */

enum nonces_found { NONCES_FAILED, NONCES_NONE, NONCES_TAKEN };

struct nonces_place {
    const char *prefix;       /* of the administrator's choice */
    unsigned connections_max; /* at a time */
    /* NULL, with the reason in the log. */
    void *(*connect)(const char *where);
    void (*disconnect)(void *connection);
    /* False, logged. */
    bool (*put)(void *connection, const char *key, const char *nonce);
    enum nonces_found (*take)(void *connection, const char *key, char nonce[NONCES_SIZE]);
};

extern const struct nonces_place nonces_in_sqlite, nonces_in_postgresql, nonces_in_redis;

#endif
