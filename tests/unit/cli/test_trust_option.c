/* Times as they are typed. */
#include "agent/cli/trust_option.h"

#include "tests/unit/cmocka_all.h"

static void times_are_utc(void **state)
{
    (void)state;
    time_t at;
    assert_true(trust_time_parse("1970-01-02", &at));
    assert_int_equal(at, 86400);
    assert_true(trust_time_parse("2026-11-24T08:00:01Z", &at));
    assert_int_equal(at, 1795507201);
    assert_true(trust_time_parse("2028-02-29", &at));
}

static void what_is_no_time(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "now",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-02-29",
        "2026-11-31",
        "2026-11-24 ",
        " 2026-11-24",
        "2026-11-24T08:00:00",
        "26-11-24",
        "2026-1-1",
        "2026-11-24T25:00:00Z",
        "2026-11-24T08:00:00+04:00",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        time_t at = 42;
        if (trust_time_parse(wrong[i], &at)) {
            fail_msg("taken: \"%s\"", wrong[i]);
        }
        assert_int_equal(at, 42);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(what_is_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
