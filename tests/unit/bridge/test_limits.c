#include "browser-bridge/limits.h"

#include "tests/unit/cmocka_all.h"

static const struct portal one;
static const struct portal other;

static unsigned take_all(struct limits *limits, const struct portal *portal, uint64_t now_ms)
{
    unsigned taken = 0;
    unsigned wait_s = 0;
    while (limits_take(limits, portal, now_ms, &wait_s)) {
        taken++;
        assert_int_equal(wait_s, 0);
        assert_true(taken <= LIMITS_ALL_BURST);
    }
    assert_true(wait_s > 0);
    return taken;
}

static void test_burst_and_rate(void **state)
{
    (void)state;
    struct limits *limits = limits_new();
    unsigned wait_s = 0;
    assert_non_null(limits);
    assert_int_equal(take_all(limits, &one, 1000), LIMITS_PORTAL_BURST);
    assert_false(limits_take(limits, &one, 1000, &wait_s));
    assert_int_equal(wait_s, LIMITS_PORTAL_MS / 1000);
    assert_false(limits_take(limits, &one, 1000 + LIMITS_PORTAL_MS - 1, &wait_s));
    assert_int_equal(wait_s, 1);
    assert_true(limits_take(limits, &one, 1000 + LIMITS_PORTAL_MS, &wait_s));
    assert_false(limits_take(limits, &one, 1000 + LIMITS_PORTAL_MS, &wait_s));
    limits_free(&limits);
    assert_null(limits);
}

static void test_waiting_helps(void **state)
{
    (void)state;
    struct limits *limits = limits_new();
    unsigned wait_s = 0;
    assert_non_null(limits);
    take_all(limits, &one, 0);
    assert_false(limits_take(limits, &one, 0, &wait_s));
    assert_true(limits_take(limits, &one, wait_s * UINT64_C(1000), &wait_s));
    take_all(limits, &one, 10000000);
    assert_int_equal(take_all(limits, &one, 20000000), LIMITS_PORTAL_BURST);
    limits_free(&limits);
}

static void test_portals_are_apart(void **state)
{
    (void)state;
    struct limits *limits = limits_new();
    assert_non_null(limits);
    take_all(limits, &one, 0);
    assert_int_equal(take_all(limits, &other, 0), LIMITS_PORTAL_BURST);
    limits_free(&limits);
}

static void test_in_all(void **state)
{
    static const struct portal many[LIMITS_ALL_BURST / LIMITS_PORTAL_BURST + 1];
    static const size_t count = sizeof many / sizeof *many;
    (void)state;
    struct limits *limits = limits_new();
    unsigned wait_s = 0;
    assert_non_null(limits);
    for (size_t i = 0; i + 1 < count; i++) {
        assert_int_equal(take_all(limits, &many[i], 0), LIMITS_PORTAL_BURST);
    }
    assert_false(limits_take(limits, &many[count - 1], 0, &wait_s));
    assert_true(limits_take(limits, &many[count - 1], LIMITS_ALL_MS, &wait_s));
    limits_free(&limits);
}

static void test_failures_cost_more_and_never_shut_out(void **state)
{
    (void)state;
    struct limits *limits = limits_new();
    unsigned wait_s = 0;
    unsigned asked = 0;
    assert_non_null(limits);
    while (limits_take(limits, &one, 0, &wait_s)) {
        limits_fail(limits, &one, 0);
        asked++;
    }
    assert_int_equal(asked, LIMITS_PORTAL_BURST / (1 + LIMITS_FAILURE));
    for (int i = 0; i < 1000; i++) {
        limits_fail(limits, &one, 0);
    }
    assert_true(limits_take(limits, &one, LIMITS_PORTAL_MS, &wait_s));
    limits_free(&limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_and_rate),
        cmocka_unit_test(test_waiting_helps),
        cmocka_unit_test(test_portals_are_apart),
        cmocka_unit_test(test_in_all),
        cmocka_unit_test(test_failures_cost_more_and_never_shut_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
