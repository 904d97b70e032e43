#include "portal/session.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#define USED_STEP_S 60 /* "used" is written at most this often */

static enum status sweep(struct store *store, int64_t now)
{
    sqlite3_stmt *statement =
        store_statement(store, "DELETE FROM session WHERE used < ?1 OR opened < ?2"
                               " OR (personal_number IS NULL AND used < ?3)");
    if (statement == NULL || !store_bind_number(statement, 1, now - SESSION_IDLE_S) ||
        !store_bind_number(statement, 2, now - SESSION_WHOLE_S) ||
        !store_bind_number(statement, 3, now - SESSION_ANONYMOUS_S)) {
        return STATUS_INTERNAL;
    }
    return store_run(store, statement);
}

static void key_of(const char *cookie, uint8_t key[SESSION_KEY_SIZE])
{
    SHA256((const unsigned char *)cookie, strlen(cookie), key);
}

static enum status insert(struct store *store, const struct session *session, int64_t now)
{
    sqlite3_stmt *statement = store_statement(
        store, "INSERT INTO session (key, csrf, name, personal_number, opened, used)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?5)");
    const struct citizen *citizen = session->logged_in ? &session->citizen : NULL;
    if (statement == NULL || !store_bind_blob(statement, 1, session->key, SESSION_KEY_SIZE) ||
        !store_bind_text(statement, 2, session->csrf) ||
        !store_bind_text(statement, 3, citizen != NULL ? citizen->name : NULL) ||
        !store_bind_text(statement, 4, citizen != NULL ? citizen->personal_number : NULL) ||
        !store_bind_number(statement, 5, now)) {
        return STATUS_INTERNAL;
    }
    return store_run(store, statement);
}

/* A session with fresh secrets, not yet stored. */
static enum status make(const struct citizen *citizen, struct session *session,
                        char cookie[SESSION_SECRET_SIZE])
{
    *session = (struct session){.logged_in = citizen != NULL};
    if (citizen != NULL) {
        session->citizen = *citizen;
    }
    if (!random_hex(cookie, SESSION_SECRET_BYTES) ||
        !random_hex(session->csrf, SESSION_SECRET_BYTES)) {
        return STATUS_INTERNAL;
    }
    key_of(cookie, session->key);
    return STATUS_OK;
}

/* In one transaction: the old one goes (where there is one), the new one comes. */
static enum status replace(struct store *store, const struct session *old,
                           const struct citizen *citizen, int64_t now, struct session *session,
                           char cookie[SESSION_SECRET_SIZE])
{
    struct session made;
    char made_cookie[SESSION_SECRET_SIZE];
    enum status status = make(citizen, &made, made_cookie);
    if (status == STATUS_OK) {
        status = store_begin(store);
    }
    if (status != STATUS_OK) {
        return status;
    }
    status = old != NULL ? session_close(store, old) : sweep(store, now);
    if (status == STATUS_OK) {
        status = insert(store, &made, now);
    }
    status = store_finish(store, status);
    if (status == STATUS_OK) {
        *session = made;
        memcpy(cookie, made_cookie, sizeof made_cookie);
    }
    OPENSSL_cleanse(made_cookie, sizeof made_cookie);
    return status;
}

enum status session_open(struct store *store, int64_t now, struct session *session,
                         char cookie[SESSION_SECRET_SIZE])
{
    return replace(store, NULL, NULL, now, session, cookie);
}

enum status session_login(struct store *store, const struct citizen *citizen, int64_t now,
                          struct session *session, char cookie[SESSION_SECRET_SIZE])
{
    struct session old = *session;
    return replace(store, &old, citizen, now, session, cookie);
}

enum status session_close(struct store *store, const struct session *session)
{
    sqlite3_stmt *statement = store_statement(store, "DELETE FROM session WHERE key = ?1");
    if (statement == NULL || !store_bind_blob(statement, 1, session->key, SESSION_KEY_SIZE)) {
        return STATUS_INTERNAL;
    }
    return store_run(store, statement);
}

static enum status touch(struct store *store, const struct session *session, int64_t now)
{
    sqlite3_stmt *statement = store_statement(store, "UPDATE session SET used = ?2 WHERE key = ?1");
    if (statement == NULL || !store_bind_blob(statement, 1, session->key, SESSION_KEY_SIZE) ||
        !store_bind_number(statement, 2, now)) {
        return STATUS_INTERNAL;
    }
    return store_run(store, statement);
}

/* One row: csrf, name, personal_number, opened, used. */
static enum status read_row(sqlite3_stmt *statement, int64_t now, struct session *session,
                            int64_t *used)
{
    session->logged_in = sqlite3_column_type(statement, 2) != SQLITE_NULL;
    int64_t opened = sqlite3_column_int64(statement, 3);
    *used = sqlite3_column_int64(statement, 4);
    int64_t idle = session->logged_in ? SESSION_IDLE_S : SESSION_ANONYMOUS_S;
    if (now - *used > idle || now - opened > SESSION_WHOLE_S) {
        return STATUS_SESSION_EXPIRED;
    }
    store_copy_text(statement, 0, session->csrf, sizeof session->csrf);
    store_copy_text(statement, 1, session->citizen.name, sizeof session->citizen.name);
    store_copy_text(statement, 2, session->citizen.personal_number,
                    sizeof session->citizen.personal_number);
    return STATUS_OK;
}

enum status session_find(struct store *store, const char *cookie, int64_t now,
                         struct session *session)
{
    struct session found = {0};
    key_of(cookie, found.key);
    sqlite3_stmt *statement = store_statement(
        store, "SELECT csrf, name, personal_number, opened, used FROM session WHERE key = ?1");
    if (statement == NULL || !store_bind_blob(statement, 1, found.key, SESSION_KEY_SIZE)) {
        return STATUS_INTERNAL;
    }
    int64_t used = 0;
    int code = sqlite3_step(statement);
    enum status status = code == SQLITE_ROW    ? read_row(statement, now, &found, &used)
                         : code == SQLITE_DONE ? STATUS_SESSION_EXPIRED
                                               : store_status(store, code);
    sqlite3_reset(statement);
    if (status == STATUS_OK && now - used >= USED_STEP_S) {
        status = touch(store, &found, now);
    }
    if (status == STATUS_OK) {
        *session = found;
    }
    return status;
}

bool session_csrf_is(const struct session *session, const char *csrf)
{
    size_t size = sizeof session->csrf - 1;
    return csrf != NULL && strlen(csrf) == size && CRYPTO_memcmp(session->csrf, csrf, size) == 0;
}
