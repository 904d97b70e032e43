#include "portal/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define STATEMENTS_MAX 32
#define BUSY_MS 5000

struct store {
    sqlite3 *database;
    size_t count;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } prepared[STATEMENTS_MAX];
};

/* Element N brings version N to version N + 1; never edited once released. Times are seconds
 * since 1970. */
static const char *const migrations[] = {
    "CREATE TABLE session ("
    "  key BLOB PRIMARY KEY," /* SHA-256 of the cookie: who reads the database cannot log in */
    "  csrf TEXT NOT NULL,"
    "  name TEXT,"
    "  personal_number TEXT,"
    "  opened INTEGER NOT NULL,"
    "  used INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX session_used ON session (used);"
    "CREATE TABLE nonce ("
    "  session BLOB PRIMARY KEY REFERENCES session (key) ON DELETE CASCADE,"
    "  value TEXT NOT NULL,"
    "  issued INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE letter ("
    "  id TEXT PRIMARY KEY,"
    "  personal_number TEXT NOT NULL,"
    "  sender TEXT NOT NULL,"
    "  body TEXT NOT NULL,"
    "  body_ka TEXT NOT NULL,"
    "  body_en TEXT NOT NULL,"
    "  subject TEXT NOT NULL,"
    "  text TEXT NOT NULL,"
    "  pages INTEGER NOT NULL,"
    "  composed INTEGER NOT NULL,"
    "  draft BLOB NOT NULL,"
    "  sent INTEGER,"
    "  signed BLOB,"
    "  CHECK ((sent IS NULL) = (signed IS NULL))"
    ") STRICT;"
    "CREATE INDEX letter_of ON letter (personal_number, composed);",
};
static const int schema_version = sizeof migrations / sizeof *migrations;

enum status store_status(struct store *store, int code)
{
    switch (code) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return STATUS_OK;
    case SQLITE_FULL:
        log_error("database: %s", sqlite3_errmsg(store->database));
        return STATUS_DISK_FULL;
    default:
        log_error("database: %s", sqlite3_errmsg(store->database));
        return STATUS_INTERNAL;
    }
}

static enum status execute(struct store *store, const char *sql)
{
    return store_status(store, sqlite3_exec(store->database, sql, NULL, NULL, NULL));
}

enum status store_begin(struct store *store)
{
    return execute(store, "BEGIN IMMEDIATE");
}

enum status store_finish(struct store *store, enum status so_far)
{
    enum status status = so_far == STATUS_OK ? execute(store, "COMMIT") : so_far;
    /* Some errors have rolled back already. */
    if (status != STATUS_OK && sqlite3_get_autocommit(store->database) == 0 &&
        execute(store, "ROLLBACK") != STATUS_OK) {
        return STATUS_INTERNAL;
    }
    return status;
}

sqlite3_stmt *store_statement(struct store *store, const char *sql)
{
    for (size_t i = 0; i < store->count; i++) {
        if (store->prepared[i].sql == sql) {
            sqlite3_reset(store->prepared[i].statement);
            sqlite3_clear_bindings(store->prepared[i].statement);
            return store->prepared[i].statement;
        }
    }
    if (store->count == STATEMENTS_MAX) {
        log_error("database: more than %d statements", STATEMENTS_MAX);
        return NULL;
    }
    sqlite3_stmt *statement = NULL;
    int code =
        sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (store_status(store, code) != STATUS_OK) {
        return NULL;
    }
    store->prepared[store->count].sql = sql;
    store->prepared[store->count].statement = statement;
    store->count++;
    return statement;
}

bool store_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    return sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC) == SQLITE_OK;
}

bool store_bind_blob(sqlite3_stmt *statement, int at, const void *bytes, size_t size)
{
    return sqlite3_bind_blob64(statement, at, bytes, size, SQLITE_STATIC) == SQLITE_OK;
}

bool store_bind_number(sqlite3_stmt *statement, int at, int64_t number)
{
    return sqlite3_bind_int64(statement, at, number) == SQLITE_OK;
}

void store_copy_text(sqlite3_stmt *row, int column, char *text, size_t size)
{
    const unsigned char *value = sqlite3_column_text(row, column);
    snprintf(text, size, "%s", value != NULL ? (const char *)value : "");
}

enum status store_run(struct store *store, sqlite3_stmt *statement)
{
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW) {
        code = sqlite3_step(statement);
    }
    enum status status = store_status(store, code);
    sqlite3_reset(statement);
    return status;
}

int store_changes(struct store *store)
{
    return sqlite3_changes(store->database);
}

static enum status read_version(struct store *store, int *version)
{
    sqlite3_stmt *statement = store_statement(store, "PRAGMA user_version");
    if (statement == NULL) {
        return STATUS_INTERNAL;
    }
    enum status status = store_status(store, sqlite3_step(statement));
    if (status == STATUS_OK) {
        *version = sqlite3_column_int(statement, 0);
    }
    sqlite3_reset(statement);
    return status;
}

static enum status write_version(struct store *store, int version)
{
    char *sql = sqlite3_mprintf("PRAGMA user_version = %d", version);
    enum status status = sql != NULL ? execute(store, sql) : STATUS_INTERNAL;
    sqlite3_free(sql);
    return status;
}

static enum status migrate(struct store *store)
{
    int version = 0;
    enum status status = store_begin(store);
    if (status != STATUS_OK) {
        return status;
    }
    status = read_version(store, &version);
    if (status == STATUS_OK && (version < 0 || version > schema_version)) {
        log_error("database: version %d is of a newer program; this one knows %d", version,
                  schema_version);
        status = STATUS_VERSION_UNSUPPORTED;
    }
    for (; status == STATUS_OK && version < schema_version; version++) {
        status = execute(store, migrations[version]);
    }
    if (status == STATUS_OK) {
        status = write_version(store, schema_version);
    }
    return store_finish(store, status);
}

/* SQLite itself would make the file readable to all that the umask lets. */
static bool make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        log_error("%s: %s", path, strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

static bool configure(struct store *store)
{
    sqlite3_extended_result_codes(store->database, 0);
    return store_status(store, sqlite3_busy_timeout(store->database, BUSY_MS)) == STATUS_OK &&
           execute(store, "PRAGMA journal_mode = WAL;"
                          "PRAGMA synchronous = FULL;"
                          "PRAGMA foreign_keys = ON;"
                          "PRAGMA trusted_schema = OFF;"
                          "PRAGMA secure_delete = ON;") == STATUS_OK &&
           migrate(store) == STATUS_OK;
}

struct store *store_open(const char *path)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL || !make_private(path)) {
        free(store);
        return NULL;
    }
    int code = sqlite3_open_v2(path, &store->database, SQLITE_OPEN_READWRITE, NULL);
    if (code != SQLITE_OK) {
        log_error("%s: %s", path, sqlite3_errstr(code));
        store_close(&store);
    } else if (!configure(store)) {
        store_close(&store);
    }
    return store;
}

void store_close(struct store **store)
{
    if (store == NULL || *store == NULL) {
        return;
    }
    for (size_t i = 0; i < (*store)->count; i++) {
        sqlite3_finalize((*store)->prepared[i].statement);
    }
    sqlite3_close((*store)->database);
    free(*store);
    *store = NULL;
}
