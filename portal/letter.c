#include "portal/letter.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                                    \
    "id, personal_number, sender, body, body_ka, body_en, subject, pages, composed,"               \
    " coalesce(sent, 0)"

void letter_clear(struct letter *letter)
{
    free(letter->subject);
    free(letter->text);
    *letter = (struct letter){0};
}

/* Runs a change that must hit exactly one row. */
static enum status run_one(struct store *store, sqlite3_stmt *statement, enum status if_none)
{
    enum status status = store_run(store, statement);
    return status == STATUS_OK && store_changes(store) != 1 ? if_none : status;
}

enum status letter_insert(struct store *store, const struct letter *letter,
                          const struct buffer *draft)
{
    sqlite3_stmt *statement = store_statement(
        store, "INSERT INTO letter (id, personal_number, sender, body, body_ka, body_en, subject,"
               " text, pages, composed, draft)"
               " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"
               " WHERE (SELECT count(*) FROM letter WHERE personal_number = ?2 AND sent IS NULL)"
               " < ?12");
    if (statement == NULL || !store_bind_text(statement, 1, letter->id) ||
        !store_bind_text(statement, 2, letter->sender.personal_number) ||
        !store_bind_text(statement, 3, letter->sender.name) ||
        !store_bind_text(statement, 4, letter->body.id) ||
        !store_bind_text(statement, 5, letter->body.name_ka) ||
        !store_bind_text(statement, 6, letter->body.name_en) ||
        !store_bind_text(statement, 7, letter->subject) ||
        !store_bind_text(statement, 8, letter->text) ||
        !store_bind_number(statement, 9, letter->pages) ||
        !store_bind_number(statement, 10, letter->composed) ||
        !store_bind_blob(statement, 11, draft->bytes, draft->size) ||
        !store_bind_number(statement, 12, LETTER_DRAFTS_MAX)) {
        return STATUS_INTERNAL;
    }
    return run_one(store, statement, STATUS_TOO_MANY_REQUESTS);
}

/* A row of COLUMNS and, where it has one more, the text. */
static enum status read_row(sqlite3_stmt *row, struct letter *letter)
{
    struct letter read = {
        .pages = (unsigned)sqlite3_column_int(row, 7),
        .composed = sqlite3_column_int64(row, 8),
        .sent = sqlite3_column_int64(row, 9),
    };
    store_copy_text(row, 0, read.id, sizeof read.id);
    store_copy_text(row, 1, read.sender.personal_number, sizeof read.sender.personal_number);
    store_copy_text(row, 2, read.sender.name, sizeof read.sender.name);
    store_copy_text(row, 3, read.body.id, sizeof read.body.id);
    store_copy_text(row, 4, read.body.name_ka, sizeof read.body.name_ka);
    store_copy_text(row, 5, read.body.name_en, sizeof read.body.name_en);

    bool with_text = sqlite3_column_count(row) > 10;
    const unsigned char *subject = sqlite3_column_text(row, 6);
    const unsigned char *text = with_text ? sqlite3_column_text(row, 10) : NULL;
    read.subject = subject != NULL ? strdup((const char *)subject) : NULL;
    read.text = text != NULL ? strdup((const char *)text) : NULL;
    if (read.subject == NULL || (with_text && read.text == NULL)) {
        letter_clear(&read);
        return STATUS_INTERNAL;
    }
    *letter = read;
    return STATUS_OK;
}

enum status letter_find(struct store *store, const struct citizen *citizen, const char *id,
                        struct letter *letter)
{
    sqlite3_stmt *statement = store_statement(store, "SELECT " COLUMNS ", text FROM letter"
                                                     " WHERE id = ?1 AND personal_number = ?2");
    if (statement == NULL || !store_bind_text(statement, 1, id) ||
        !store_bind_text(statement, 2, citizen->personal_number)) {
        return STATUS_INTERNAL;
    }
    int code = sqlite3_step(statement);
    enum status status = code == SQLITE_ROW    ? read_row(statement, letter)
                         : code == SQLITE_DONE ? STATUS_OPERATION_UNKNOWN
                                               : store_status(store, code);
    sqlite3_reset(statement);
    return status;
}

enum status letter_list(struct store *store, const struct citizen *citizen, letter_visit *visit,
                        void *user)
{
    sqlite3_stmt *statement =
        store_statement(store, "SELECT " COLUMNS " FROM letter WHERE personal_number = ?1"
                               " ORDER BY coalesce(sent, composed) DESC, id");
    if (statement == NULL || !store_bind_text(statement, 1, citizen->personal_number)) {
        return STATUS_INTERNAL;
    }
    enum status status = STATUS_OK;
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && status == STATUS_OK; code = sqlite3_step(statement)) {
        struct letter letter;
        status = read_row(statement, &letter);
        if (status == STATUS_OK) {
            status = visit(user, &letter) ? STATUS_OK : STATUS_INTERNAL;
            letter_clear(&letter);
        }
    }
    sqlite3_reset(statement);
    return status == STATUS_OK ? store_status(store, code) : status;
}

static enum status read_pdf(sqlite3_stmt *row, struct buffer *pdf)
{
    const void *bytes = sqlite3_column_blob(row, 0);
    size_t size = (size_t)sqlite3_column_bytes(row, 0);
    if (bytes == NULL) {
        return STATUS_OPERATION_UNKNOWN;
    }
    return put_bytes(pdf, bytes, size) ? STATUS_OK : STATUS_INTERNAL;
}

enum status letter_pdf(struct store *store, const struct citizen *citizen, const char *id,
                       enum letter_form form, struct buffer *pdf)
{
    sqlite3_stmt *statement =
        form == LETTER_DRAFT ? store_statement(store, "SELECT draft FROM letter"
                                                      " WHERE id = ?1 AND personal_number = ?2")
                             : store_statement(store, "SELECT signed FROM letter"
                                                      " WHERE id = ?1 AND personal_number = ?2");
    if (statement == NULL || !store_bind_text(statement, 1, id) ||
        !store_bind_text(statement, 2, citizen->personal_number)) {
        return STATUS_INTERNAL;
    }
    int code = sqlite3_step(statement);
    enum status status = code == SQLITE_ROW    ? read_pdf(statement, pdf)
                         : code == SQLITE_DONE ? STATUS_OPERATION_UNKNOWN
                                               : store_status(store, code);
    sqlite3_reset(statement);
    return status;
}

enum status letter_send(struct store *store, const struct citizen *citizen, const char *id,
                        const void *signed_pdf, size_t size, int64_t now)
{
    sqlite3_stmt *statement =
        store_statement(store, "UPDATE letter SET sent = ?3, signed = ?4"
                               " WHERE id = ?1 AND personal_number = ?2 AND sent IS NULL");
    if (statement == NULL || !store_bind_text(statement, 1, id) ||
        !store_bind_text(statement, 2, citizen->personal_number) ||
        !store_bind_number(statement, 3, now) || !store_bind_blob(statement, 4, signed_pdf, size)) {
        return STATUS_INTERNAL;
    }
    return run_one(store, statement, STATUS_OPERATION_UNKNOWN);
}

enum status letter_discard(struct store *store, const struct citizen *citizen, const char *id)
{
    sqlite3_stmt *statement =
        store_statement(store, "DELETE FROM letter"
                               " WHERE id = ?1 AND personal_number = ?2 AND sent IS NULL");
    if (statement == NULL || !store_bind_text(statement, 1, id) ||
        !store_bind_text(statement, 2, citizen->personal_number)) {
        return STATUS_INTERNAL;
    }
    return run_one(store, statement, STATUS_OPERATION_UNKNOWN);
}
