#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "portal/nonces_place.h"

struct connection {
    sqlite3 *database;
    sqlite3_stmt *put;
    sqlite3_stmt *take;
};

static void disconnect_sqlite(void *user)
{
    struct connection *connection = user;
    sqlite3_finalize(connection->put);
    sqlite3_finalize(connection->take);
    sqlite3_close(connection->database);
    free(connection);
}

static bool prepare(struct connection *connection)
{
    static const char schema[] =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE IF NOT EXISTS piradi_nonce (session TEXT PRIMARY KEY, value TEXT NOT NULL,"
        " expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
        "CREATE INDEX IF NOT EXISTS piradi_nonce_expires ON piradi_nonce (expires);";
    static const char put[] = "INSERT OR REPLACE INTO piradi_nonce VALUES (?1, ?2, ?3)";
    static const char take[] = "DELETE FROM piradi_nonce WHERE session = ?1"
                               " RETURNING value, expires > ?2";
    sqlite3_busy_timeout(connection->database, NONCES_TIMEOUT_MS);
    return sqlite3_exec(connection->database, schema, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(connection->database, put, -1, SQLITE_PREPARE_PERSISTENT,
                              &connection->put, NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(connection->database, take, -1, SQLITE_PREPARE_PERSISTENT,
                              &connection->take, NULL) == SQLITE_OK;
}

static bool failed(struct connection *connection)
{
    log_error("nonces: %s", sqlite3_errmsg(connection->database));
    return false;
}

/* What nobody took in time goes when somebody connects. */
static bool sweep(struct connection *connection)
{
    sqlite3_stmt *statement = NULL;
    bool ok =
        sqlite3_prepare_v2(connection->database, "DELETE FROM piradi_nonce WHERE expires < ?1", -1,
                           &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_int64(statement, 1, time(NULL)) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    return ok;
}

static void *connect_sqlite(const char *where)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const char *path = where + strlen(nonces_in_sqlite.prefix);
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    if (sqlite3_open_v2(path, &connection->database, flags, NULL) != SQLITE_OK ||
        !prepare(connection) || !sweep(connection)) {
        failed(connection);
        disconnect_sqlite(connection);
        return NULL;
    }
    return connection;
}

static bool put_sqlite(void *user, const char *key, const char *nonce)
{
    struct connection *connection = user;
    bool ok = sqlite3_bind_text(connection->put, 1, key, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_text(connection->put, 2, nonce, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_int64(connection->put, 3, time(NULL) + NONCES_LIFE_S) == SQLITE_OK &&
              sqlite3_step(connection->put) == SQLITE_DONE;
    sqlite3_reset(connection->put);
    return ok || failed(connection);
}

/* The deletion counts only once the statement has come to its end. */
static enum nonces_found take_sqlite(void *user, const char *key, char nonce[NONCES_SIZE])
{
    struct connection *connection = user;
    sqlite3_stmt *take = connection->take;
    enum nonces_found found = NONCES_NONE;
    bool ok = sqlite3_bind_text(take, 1, key, -1, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_bind_int64(take, 2, time(NULL)) == SQLITE_OK;
    int code = ok ? sqlite3_step(take) : SQLITE_ERROR;
    if (code == SQLITE_ROW) {
        if (sqlite3_column_bytes(take, 0) == NONCES_SIZE - 1 && sqlite3_column_int(take, 1) == 1) {
            memcpy(nonce, sqlite3_column_text(take, 0), NONCES_SIZE);
            found = NONCES_TAKEN;
        }
        code = sqlite3_step(take);
    }
    if (code != SQLITE_DONE) {
        found = NONCES_FAILED;
        failed(connection);
    }
    sqlite3_reset(take);
    return found;
}

const struct nonces_place nonces_in_sqlite = {
    .prefix = "sqlite:",
    .connections_max = 4,
    .connect = connect_sqlite,
    .disconnect = disconnect_sqlite,
    .put = put_sqlite,
    .take = take_sqlite,
};
