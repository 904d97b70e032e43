#include <libpq-fe.h>
#include <string.h>

#include "base/log.h"
#include "portal/nonces_place.h"

/* PostgreSQL's clock is everybody's, whatever the nodes' say. */
#define LIFE "300 seconds"
_Static_assert(NONCES_LIFE_S == 300, "LIFE is the same");

static void disconnect_postgresql(void *connection)
{
    PQfinish(connection);
}

/* Clears the result. False, logged, unless it is as expected. */
static bool ended(PGconn *connection, PGresult *result, ExecStatusType expected)
{
    bool ok = PQresultStatus(result) == expected;
    if (!ok) {
        log_error("nonces: %s", PQerrorMessage(connection));
    }
    PQclear(result);
    return ok;
}

/* Two nodes that make the table at the same moment would hinder each other: one waits. */
static bool prepare(PGconn *connection)
{
    static const char schema[] =
        "SET client_min_messages = warning; BEGIN; SELECT pg_advisory_xact_lock(27310);"
        "CREATE TABLE IF NOT EXISTS piradi_nonce (session text PRIMARY KEY, value text NOT NULL,"
        " expires timestamptz NOT NULL);"
        "CREATE INDEX IF NOT EXISTS piradi_nonce_expires ON piradi_nonce (expires);"
        "DELETE FROM piradi_nonce WHERE expires < now(); COMMIT";
    static const char put[] = "INSERT INTO piradi_nonce VALUES ($1, $2, now() + interval '" LIFE
                              "') ON CONFLICT (session) DO UPDATE"
                              " SET value = excluded.value, expires = excluded.expires";
    static const char take[] =
        "DELETE FROM piradi_nonce WHERE session = $1 RETURNING value, expires > now()";
    return ended(connection, PQexec(connection, schema), PGRES_COMMAND_OK) &&
           ended(connection, PQprepare(connection, "put", put, 2, NULL), PGRES_COMMAND_OK) &&
           ended(connection, PQprepare(connection, "take", take, 1, NULL), PGRES_COMMAND_OK);
}

static void *connect_postgresql(const char *where)
{
    static const char *const names[] = {"dbname",           "connect_timeout", "tcp_user_timeout",
                                        "application_name", "options",         NULL};
    const char *const values[] = {where, "5", "5000", "piradi", "-c statement_timeout=5000", NULL};
    PGconn *connection = PQconnectdbParams(names, values, 1);
    if (PQstatus(connection) != CONNECTION_OK || !prepare(connection)) {
        log_error("nonces: cannot connect: %s", PQerrorMessage(connection));
        PQfinish(connection);
        return NULL;
    }
    return connection;
}

static bool put_postgresql(void *user, const char *key, const char *nonce)
{
    PGconn *connection = user;
    const char *const values[] = {key, nonce};
    return ended(connection, PQexecPrepared(connection, "put", 2, values, NULL, NULL, 0),
                 PGRES_COMMAND_OK);
}

static enum nonces_found take_postgresql(void *user, const char *key, char nonce[NONCES_SIZE])
{
    PGconn *connection = user;
    const char *const values[] = {key};
    enum nonces_found found = NONCES_NONE;
    char taken[NONCES_SIZE];
    PGresult *result = PQexecPrepared(connection, "take", 1, values, NULL, NULL, 0);
    if (PQntuples(result) == 1 && PQgetlength(result, 0, 0) == NONCES_SIZE - 1 &&
        strcmp(PQgetvalue(result, 0, 1), "t") == 0) {
        memcpy(taken, PQgetvalue(result, 0, 0), NONCES_SIZE);
        found = NONCES_TAKEN;
    }
    if (!ended(connection, result, PGRES_TUPLES_OK)) {
        return NONCES_FAILED;
    }
    if (found == NONCES_TAKEN) {
        memcpy(nonce, taken, NONCES_SIZE);
    }
    return found;
}

const struct nonces_place nonces_in_postgresql = {
    .prefix = "postgresql:",
    .connections_max = 16,
    .connect = connect_postgresql,
    .disconnect = disconnect_postgresql,
    .put = put_postgresql,
    .take = take_postgresql,
};
