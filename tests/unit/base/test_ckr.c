#include "base/ckr.h"

#include "tests/unit/cmocka_all.h"

/* What the worker must still tell apart after the module has put it into a CK_RV. */
static void what_a_person_can_act_on_survives_the_module(void **state)
{
    (void)state;
    static const enum status kept[] = {
        STATUS_OK,
        STATUS_NO_CARD,
        STATUS_CARD_UNKNOWN,
        STATUS_CARD_REMOVED,
        STATUS_CARD_BUSY,
        STATUS_CARD_TIMEOUT,
        STATUS_PIN_WRONG,
        STATUS_PIN_BLOCKED,
        STATUS_PIN_LENGTH,
        STATUS_PIN_NOT_SET,
        STATUS_USER_CANCELLED,
        STATUS_USER_TIMEOUT,
        STATUS_PCSC_UNAVAILABLE,
        STATUS_CARD_CONTACTLESS,
    };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        assert_int_equal(status_from_ckr(ckr_from_status(kept[i])), kept[i]);
    }
}

static void what_neither_knows_is_internal(void **state)
{
    (void)state;
    assert_int_equal(status_from_ckr(CKR_MECHANISM_INVALID), STATUS_INTERNAL);
    assert_int_equal(ckr_from_status(STATUS_DISK_FULL), CKR_GENERAL_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_person_can_act_on_survives_the_module),
        cmocka_unit_test(what_neither_knows_is_internal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
