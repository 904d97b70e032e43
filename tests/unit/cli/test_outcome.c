/* Every status has an exit status of its own, a code and a sentence. */
#include <string.h>

#include "agent/cli/outcome.h"
#include "tests/unit/cmocka_all.h"

static const enum status statuses[] = {
#define STATUS_VALUE(code, http) STATUS_##code,
    STATUS_LIST (STATUS_VALUE)
#undef STATUS_VALUE
};

static const enum fault faults[] = {
    FAULT_PROBLEM_FOUND, FAULT_USAGE,  FAULT_NO_AGENT, FAULT_UNREADABLE, FAULT_UNWRITABLE,
    FAULT_EXISTS,        FAULT_FORMAT, FAULT_NO_TRUST, FAULT_ORIGINAL,   FAULT_INTERRUPTED,
};

static void note(const struct outcome *outcome, bool taken[256])
{
    assert_in_range(outcome->exit_status, 0, 255);
    assert_false(taken[outcome->exit_status]);
    taken[outcome->exit_status] = true;
    assert_true(strlen(outcome->code) > 1);
    assert_true(outcome->exit_status == 0 || strlen(outcome->sentence) > 1);
}

static void exit_statuses_are_distinct(void **state)
{
    (void)state;
    bool taken[256] = {false};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        const struct outcome outcome = outcome_of_status(statuses[i]);
        assert_string_equal(outcome.code, status_code(statuses[i]));
        note(&outcome, taken);
    }
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const struct outcome outcome = outcome_of_fault(faults[i]);
        assert_int_equal(outcome.exit_status, faults[i]);
        note(&outcome, taken);
    }
}

static void only_ok_is_zero(void **state)
{
    (void)state;
    assert_int_equal(outcome_of_status(STATUS_OK).exit_status, 0);
    assert_string_equal(outcome_of_status((enum status)9999).code, "INTERNAL");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_statuses_are_distinct),
        cmocka_unit_test(only_ok_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
