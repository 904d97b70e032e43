#include "portal/nonce.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/log.h"

static enum status make(char nonce[NONCE_SIZE])
{
    uint8_t random[32];
    char *text =
        RAND_bytes(random, sizeof random) == 1 ? base64_encode(random, sizeof random) : NULL;
    if (text == NULL) {
        log_error("no random numbers");
        return STATUS_INTERNAL;
    }
    memcpy(nonce, text, NONCE_SIZE);
    free(text);
    return STATUS_OK;
}

enum status nonce_issue(struct store *store, const struct session *session, int64_t now,
                        char nonce[NONCE_SIZE])
{
    char made[NONCE_SIZE];
    enum status status = make(made);
    if (status != STATUS_OK) {
        return status;
    }
    sqlite3_stmt *statement = store_statement(
        store, "INSERT OR REPLACE INTO nonce (session, value, issued) VALUES (?1, ?2, ?3)");
    if (statement == NULL || !store_bind_blob(statement, 1, session->key, SESSION_KEY_SIZE) ||
        !store_bind_text(statement, 2, made) || !store_bind_number(statement, 3, now)) {
        return STATUS_INTERNAL;
    }
    status = store_run(store, statement);
    if (status == STATUS_OK) {
        memcpy(nonce, made, NONCE_SIZE);
    }
    return status;
}

static enum status read_row(sqlite3_stmt *statement, int64_t now, char nonce[NONCE_SIZE])
{
    const unsigned char *value = sqlite3_column_text(statement, 0);
    if (value == NULL || sqlite3_column_bytes(statement, 0) != NONCE_SIZE - 1) {
        return STATUS_INTERNAL;
    }
    if (now - sqlite3_column_int64(statement, 1) > NONCE_LIFE_S) {
        return STATUS_OPERATION_UNKNOWN;
    }
    memcpy(nonce, value, NONCE_SIZE);
    return STATUS_OK;
}

enum status nonce_take(struct store *store, const struct session *session, int64_t now,
                       char nonce[NONCE_SIZE])
{
    /* One statement, so that of two tries at the same moment one finds nothing. */
    sqlite3_stmt *statement =
        store_statement(store, "DELETE FROM nonce WHERE session = ?1 RETURNING value, issued");
    if (statement == NULL || !store_bind_blob(statement, 1, session->key, SESSION_KEY_SIZE)) {
        return STATUS_INTERNAL;
    }
    char taken[NONCE_SIZE];
    int code = sqlite3_step(statement);
    enum status status = code == SQLITE_ROW    ? read_row(statement, now, taken)
                         : code == SQLITE_DONE ? STATUS_OPERATION_UNKNOWN
                                               : store_status(store, code);
    /* The deletion counts only once the statement has come to its end. */
    enum status deleted = code == SQLITE_ROW ? store_run(store, statement) : STATUS_OK;
    sqlite3_reset(statement);
    if (deleted != STATUS_OK) {
        return deleted;
    }
    if (status == STATUS_OK) {
        memcpy(nonce, taken, NONCE_SIZE);
    }
    return status;
}
