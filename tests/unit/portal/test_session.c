#include <string.h>

#include "portal/nonce.h"
#include "portal/session.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/portal/support.h"

static struct session opened(struct fixture *fixture, int64_t now, char cookie[SESSION_SECRET_SIZE])
{
    struct session session;
    assert_int_equal(session_open(fixture->store, now, &session, cookie), STATUS_OK);
    return session;
}

static void begins_without_a_citizen(void **state)
{
    struct fixture *fixture = *state;
    char cookie[SESSION_SECRET_SIZE];
    struct session session = opened(fixture, TEST_NOW, cookie);
    struct session found;
    assert_int_equal(strlen(cookie), 64);
    assert_false(session.logged_in);
    assert_int_equal(session_find(fixture->store, cookie, TEST_NOW, &found), STATUS_OK);
    assert_string_equal(found.csrf, session.csrf);
    assert_string_not_equal(found.csrf, cookie);
    cookie[0] = cookie[0] == '0' ? '1' : '0';
    assert_int_equal(session_find(fixture->store, cookie, TEST_NOW, &found),
                     STATUS_SESSION_EXPIRED);
    assert_int_equal(session_find(fixture->store, "", TEST_NOW, &found), STATUS_SESSION_EXPIRED);
}

static void is_rotated_at_login(void **state)
{
    struct fixture *fixture = *state;
    char before[SESSION_SECRET_SIZE];
    char after[SESSION_SECRET_SIZE];
    struct session session = opened(fixture, TEST_NOW, before);
    struct session found;
    char csrf[SESSION_SECRET_SIZE];
    memcpy(csrf, session.csrf, sizeof csrf);
    assert_int_equal(session_login(fixture->store, &test_citizen, TEST_NOW, &session, after),
                     STATUS_OK);
    assert_string_not_equal(before, after);
    assert_string_not_equal(csrf, session.csrf);
    assert_int_equal(session_find(fixture->store, before, TEST_NOW, &found),
                     STATUS_SESSION_EXPIRED);
    fixture_reopen(fixture);
    assert_int_equal(session_find(fixture->store, after, TEST_NOW, &found), STATUS_OK);
    assert_true(found.logged_in);
    assert_string_equal(found.citizen.name, test_citizen.name);
    assert_string_equal(found.citizen.personal_number, test_citizen.personal_number);
    assert_int_equal(session_close(fixture->store, &found), STATUS_OK);
    assert_int_equal(session_find(fixture->store, after, TEST_NOW, &found), STATUS_SESSION_EXPIRED);
}

static void ends_when_it_is_not_used(void **state)
{
    struct fixture *fixture = *state;
    char cookie[SESSION_SECRET_SIZE];
    struct session session = opened(fixture, TEST_NOW, cookie);
    struct session found;
    int64_t now = TEST_NOW + SESSION_ANONYMOUS_S;
    assert_int_equal(session_find(fixture->store, cookie, now + 1, &found), STATUS_SESSION_EXPIRED);
    assert_int_equal(session_find(fixture->store, cookie, now, &found), STATUS_OK);
    assert_int_equal(session_login(fixture->store, &test_citizen, now, &session, cookie),
                     STATUS_OK);
    /* Used again and again it lives, until it is too old. */
    int64_t last = now + SESSION_WHOLE_S;
    for (; now <= last; now += SESSION_IDLE_S) {
        assert_int_equal(session_find(fixture->store, cookie, now, &found), STATUS_OK);
    }
    assert_int_equal(session_find(fixture->store, cookie, last + 1, &found),
                     STATUS_SESSION_EXPIRED);
}

static void what_has_ended_is_swept_out(void **state)
{
    struct fixture *fixture = *state;
    char cookie[SESSION_SECRET_SIZE];
    for (int i = 0; i < 10; i++) {
        (void)opened(fixture, TEST_NOW, cookie);
    }
    (void)opened(fixture, TEST_NOW + SESSION_ANONYMOUS_S + 1, cookie);
    sqlite3_stmt *statement = store_statement(fixture->store, "SELECT count(*) FROM session");
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 1);
    sqlite3_reset(statement);
}

static void csrf_is_compared_whole(void **state)
{
    struct fixture *fixture = *state;
    char cookie[SESSION_SECRET_SIZE];
    struct session session = opened(fixture, TEST_NOW, cookie);
    char other[SESSION_SECRET_SIZE];
    memcpy(other, session.csrf, sizeof other);
    assert_true(session_csrf_is(&session, other));
    other[63] = other[63] == '0' ? '1' : '0';
    assert_false(session_csrf_is(&session, other));
    other[63] = '\0';
    assert_false(session_csrf_is(&session, other));
    assert_false(session_csrf_is(&session, ""));
    assert_false(session_csrf_is(&session, NULL));
}

static void a_nonce_works_once(void **state)
{
    struct fixture *fixture = *state;
    char cookie[SESSION_SECRET_SIZE];
    char issued[NONCE_SIZE];
    char taken[NONCE_SIZE];
    struct session session = opened(fixture, TEST_NOW, cookie);
    assert_int_equal(nonce_take(fixture->store, &session, TEST_NOW, taken),
                     STATUS_OPERATION_UNKNOWN);
    assert_int_equal(nonce_issue(fixture->store, &session, TEST_NOW, issued), STATUS_OK);
    assert_int_equal(strlen(issued), 44);
    fixture_reopen(fixture); /* another process, the same nonce */
    assert_int_equal(nonce_take(fixture->store, &session, TEST_NOW, taken), STATUS_OK);
    assert_string_equal(issued, taken);
    assert_int_equal(nonce_take(fixture->store, &session, TEST_NOW, taken),
                     STATUS_OPERATION_UNKNOWN);
}

static void a_nonce_lives_five_minutes(void **state)
{
    struct fixture *fixture = *state;
    char cookie[SESSION_SECRET_SIZE];
    char nonce[NONCE_SIZE];
    struct session session = opened(fixture, TEST_NOW, cookie);
    assert_int_equal(nonce_issue(fixture->store, &session, TEST_NOW, nonce), STATUS_OK);
    assert_int_equal(nonce_take(fixture->store, &session, TEST_NOW + 301, nonce),
                     STATUS_OPERATION_UNKNOWN);
    assert_int_equal(nonce_issue(fixture->store, &session, TEST_NOW, nonce), STATUS_OK);
    assert_int_equal(nonce_take(fixture->store, &session, TEST_NOW + 300, nonce), STATUS_OK);
}

static void a_nonce_is_its_sessions(void **state)
{
    struct fixture *fixture = *state;
    char cookie[SESSION_SECRET_SIZE];
    char first[NONCE_SIZE];
    char second[NONCE_SIZE];
    char taken[NONCE_SIZE];
    struct session mine = opened(fixture, TEST_NOW, cookie);
    struct session other = opened(fixture, TEST_NOW, cookie);
    assert_int_equal(nonce_issue(fixture->store, &mine, TEST_NOW, first), STATUS_OK);
    assert_int_equal(nonce_take(fixture->store, &other, TEST_NOW, taken), STATUS_OPERATION_UNKNOWN);
    assert_int_equal(nonce_issue(fixture->store, &mine, TEST_NOW, second), STATUS_OK);
    assert_string_not_equal(first, second);
    assert_int_equal(nonce_take(fixture->store, &mine, TEST_NOW, taken), STATUS_OK);
    assert_string_equal(taken, second); /* the first one is void */

    assert_int_equal(nonce_issue(fixture->store, &mine, TEST_NOW, first), STATUS_OK);
    assert_int_equal(session_close(fixture->store, &mine), STATUS_OK);
    assert_int_equal(nonce_take(fixture->store, &mine, TEST_NOW, taken), STATUS_OPERATION_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(begins_without_a_citizen),   TEST(is_rotated_at_login),
        TEST(ends_when_it_is_not_used),   TEST(what_has_ended_is_swept_out),
        TEST(csrf_is_compared_whole),     TEST(a_nonce_works_once),
        TEST(a_nonce_lives_five_minutes), TEST(a_nonce_is_its_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
