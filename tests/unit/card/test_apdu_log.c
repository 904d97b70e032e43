#include "tests/card/apdu_log.h"

#include <string.h>

#include "tests/card/hex.h"
#include "tests/unit/cmocka_all.h"

static void assert_masked(const char *command, const char *expected)
{
    uint8_t bytes[64];
    char text[2 * sizeof bytes + 1] = "";
    size_t size;
    assert_true(hex_decode(command, bytes, sizeof bytes, &size));
    apdu_log_mask(bytes, size, text);
    assert_string_equal(text, expected);
}

static void test_pins_are_hidden(void **state)
{
    (void)state;
    assert_masked("0020008606313233343536", "0020008606************");
    assert_masked("002400860C313233343536363534333231", "002400860C************************");
    assert_masked("002C0086083132333435363738", "002C008608****************");
    assert_masked("1020008606313233343536", "1020008606************");
    assert_masked("00200086000006313233343536", "00200086000006************");
    assert_masked("002000860631323334353600", "0020008606************00");
}

static void test_pins_in_malformed_commands_are_hidden(void **state)
{
    (void)state;
    assert_masked("00200086FF313233343536", "00200086FF************");
    assert_masked("0020008600313233343536", "0020008600************");
}

static void test_the_rest_is_shown(void **state)
{
    (void)state;
    assert_masked("00200086", "00200086");
    assert_masked("00A4040C02AABB", "00A4040C02AABB");
    assert_masked("00", "00");
    assert_masked("0020", "0020");
    assert_masked("", "");
}

static void test_hexadecimal(void **state)
{
    uint8_t bytes[2];
    size_t size = 99;
    (void)state;
    assert_true(hex_decode("aBCd", bytes, sizeof bytes, &size));
    assert_int_equal(size, 2);
    assert_int_equal(bytes[0], 0xAB);
    assert_int_equal(bytes[1], 0xCD);
    size = 99;
    assert_false(hex_decode("abc", bytes, sizeof bytes, &size));
    assert_false(hex_decode("abcdef", bytes, sizeof bytes, &size));
    assert_false(hex_decode("ag", bytes, sizeof bytes, &size));
    assert_false(hex_decode("0x", bytes, sizeof bytes, &size));
    assert_int_equal(size, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins_are_hidden),
        cmocka_unit_test(test_pins_in_malformed_commands_are_hidden),
        cmocka_unit_test(test_the_rest_is_shown),
        cmocka_unit_test(test_hexadecimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
