/*
 * The portal's memory: one SQLite database. Sessions, nonces and letters keep their own SQL beside
 * themselves; this is what they share. A change is on the disk when its function returns
 * STATUS_OK (WAL, synchronous=FULL), and a change in several steps is one transaction.
 *
 * Not to be used from two threads at once.
 */
#ifndef PIRADI_PORTAL_STORE_H
#define PIRADI_PORTAL_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"

struct store;

/* Opens the database, made with mode 0600 where there is none, and brings its schema up to this
 * program's version. NULL, with the reason in the log, also when a newer program has written it. */
struct store *store_open(const char *path) MUST_USE;
void store_close(struct store **store);

/*
 * The statement for this SQL, with nothing bound, prepared once and lent until the next call with
 * the same SQL. sql must be a static string. NULL, logged, on error.
 */
sqlite3_stmt *store_statement(struct store *store, const char *sql) MUST_USE;

/* Values for a statement's parameters, counted from 1. Text and bytes are lent until it has run;
 * NULL is NULL. False when memory is out. */
bool store_bind_text(sqlite3_stmt *statement, int at, const char *text) MUST_USE;
bool store_bind_blob(sqlite3_stmt *statement, int at, const void *bytes, size_t size) MUST_USE;
bool store_bind_number(sqlite3_stmt *statement, int at, int64_t number) MUST_USE;

/* A row's column as text, cut to size; NULL gives an empty one. */
void store_copy_text(sqlite3_stmt *row, int column, char *text, size_t size);

/* Steps a statement that gives no rows, to its end, and releases it. */
enum status store_run(struct store *store, sqlite3_stmt *statement) MUST_USE;

/* What an SQLite result code means here; logs it unless it is OK, ROW or DONE. */
enum status store_status(struct store *store, int code) MUST_USE;

/* How many rows the last INSERT, UPDATE or DELETE changed. */
int store_changes(struct store *store);

/* One transaction that writes. store_finish commits when so_far is STATUS_OK and rolls back
 * otherwise; it returns so_far, or why the commit failed. */
enum status store_begin(struct store *store) MUST_USE;
enum status store_finish(struct store *store, enum status so_far) MUST_USE;

#endif
