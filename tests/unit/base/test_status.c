#include "base/status.h"

#include "tests/unit/cmocka_all.h"

static void every_code_finds_its_way_back(void **state)
{
    (void)state;
    static const enum status all[] = {
#define ROW(code, http) STATUS_##code,
        STATUS_LIST (ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        enum status found;
        assert_true(status_from_code(status_code(all[i]), &found));
        assert_int_equal(found, all[i]);
        assert_in_range(status_http(all[i]), 200, 599);
    }
}

static void unknown_code_is_refused_and_writes_nothing(void **state)
{
    (void)state;
    enum status found = STATUS_BUSY;
    assert_false(status_from_code("NO_SUCH_CODE", &found));
    assert_false(status_from_code("", &found));
    assert_int_equal(found, STATUS_BUSY);
}

static void value_out_of_range_is_internal(void **state)
{
    (void)state;
    assert_string_equal(status_code((enum status)9999), "INTERNAL");
    assert_int_equal(status_http((enum status)9999), 500);
}

static void user_timeout_is_not_408(void **state)
{
    (void)state; /* browsers send a request again on 408: docs/errors.md */
    assert_int_equal(status_http(STATUS_USER_TIMEOUT), 409);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_finds_its_way_back),
        cmocka_unit_test(unknown_code_is_refused_and_writes_nothing),
        cmocka_unit_test(value_out_of_range_is_internal),
        cmocka_unit_test(user_timeout_is_not_408),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
