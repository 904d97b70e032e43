#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "portal/store.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/portal/support.h"

static int64_t number(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = store_statement(store, sql);
    assert_non_null(statement);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return value;
}

static enum status run(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = store_statement(store, sql);
    return statement != NULL ? store_run(store, statement) : STATUS_INTERNAL;
}

static void is_private_durable_and_strict(void **state)
{
    struct fixture *fixture = *state;
    struct stat found;
    assert_int_equal(stat(fixture->database, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(number(fixture->store, "PRAGMA synchronous"), 2);
    assert_int_equal(number(fixture->store, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(fixture->store, "PRAGMA user_version"), 1);
    assert_int_equal(
        run(fixture->store, "INSERT INTO nonce (session, value, issued) VALUES (x'00', 'n', 1)"),
        STATUS_INTERNAL); /* no such session */
    assert_int_equal(run(fixture->store, "INSERT INTO letter (id, personal_number, sender, body,"
                                         " body_ka, body_en, subject, text, pages, composed, draft,"
                                         " sent) VALUES ('i', 'p', 's', 'b', 'k', 'e', 's', 't', 1,"
                                         " 1, x'00', 2)"),
                     STATUS_INTERNAL); /* sent, but not signed */
}

static void a_transaction_is_all_or_nothing(void **state)
{
    struct fixture *fixture = *state;
    static const char insert[] = "INSERT INTO session (key, csrf, opened, used)"
                                 " VALUES (randomblob(8), 'c', 1, 1)";
    static const char count[] = "SELECT count(*) FROM session";

    assert_int_equal(store_begin(fixture->store), STATUS_OK);
    assert_int_equal(run(fixture->store, insert), STATUS_OK);
    assert_int_equal(store_finish(fixture->store, STATUS_BAD_REQUEST), STATUS_BAD_REQUEST);
    assert_int_equal(number(fixture->store, count), 0);

    assert_int_equal(store_begin(fixture->store), STATUS_OK);
    assert_int_equal(run(fixture->store, insert), STATUS_OK);
    assert_int_equal(store_changes(fixture->store), 1);
    assert_int_equal(store_finish(fixture->store, STATUS_OK), STATUS_OK);
    assert_int_equal(number(fixture->store, count), 1);
    fixture_reopen(fixture);
    assert_int_equal(number(fixture->store, count), 1);
}

static void gives_no_statement_for_wrong_sql(void **state)
{
    struct fixture *fixture = *state;
    assert_null(store_statement(fixture->store, "SELECT nothing FROM nowhere"));
}

static void refuses_a_newer_schema(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(run(fixture->store, "PRAGMA user_version = 1000"), STATUS_OK);
    assert_null(store_open(fixture->database));
    assert_int_equal(run(fixture->store, "PRAGMA user_version = 1"), STATUS_OK);
    fixture_reopen(fixture);
}

static void refuses_what_is_no_database(void **state)
{
    struct fixture *fixture = *state;
    char *path = fixture_write(fixture, "text.db", "this is no database, but is long enough", 39);
    assert_null(store_open(path));
    assert_null(store_open("/proc/portal.db")); /* no files can be made there, even by root */
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_private_durable_and_strict, fixture_make,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(a_transaction_is_all_or_nothing, fixture_make,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(gives_no_statement_for_wrong_sql, fixture_make,
                                        fixture_remove),
        cmocka_unit_test_setup_teardown(refuses_a_newer_schema, fixture_make, fixture_remove),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_database, fixture_make, fixture_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
