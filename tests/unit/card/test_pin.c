#include "tests/card/pin.h"

#include <string.h>

#include "tests/card/iso7816.h"
#include "tests/unit/cmocka_all.h"

struct wallet {
    struct file *master;
    struct file *directory;
    struct file *brother;
    struct pins pins;
};

static void put_pin(struct pins *pins, const struct file *directory, uint8_t reference,
                    const char *value, unsigned tries)
{
    struct pin *pin = &pins->list[pins->count++];
    *pin = (struct pin){.reference = reference, .directory = directory, .size = strlen(value)};
    memcpy(pin->value, value, pin->size);
    pin->minimum = pin->maximum = pin->size;
    pin->tries = pin->left = tries;
}

static struct file *add_directory(struct file *parent, uint16_t id)
{
    struct file *directory = file_new(FILE_DIRECTORY, id);
    assert_non_null(directory);
    assert_true(file_add(parent, directory));
    return directory;
}

static int fill(void **state)
{
    static struct wallet wallet;
    wallet = (struct wallet){.master = file_new(FILE_DIRECTORY, FILE_MASTER)};
    assert_non_null(wallet.master);
    wallet.directory = add_directory(wallet.master, 0x0DF5);
    wallet.brother = add_directory(wallet.master, 0x5015);
    put_pin(&wallet.pins, wallet.master, 0x86, "111111", 3);
    put_pin(&wallet.pins, wallet.directory, 0x92, "222222", 3);
    put_pin(&wallet.pins, wallet.master, 0x93, "33333333", 2);
    wallet.pins.list[0].unblocked_by = &wallet.pins.list[2];
    *state = &wallet;
    return 0;
}

static int empty(void **state)
{
    struct wallet *wallet = *state;
    file_free(&wallet->master);
    return 0;
}

static uint16_t verify(struct pin *pin, const char *value)
{
    return pin_verify(pin, (const uint8_t *)value, strlen(value));
}

static uint16_t change(struct pin *pin, const char *values)
{
    return pin_change(pin, (const uint8_t *)values, strlen(values));
}

static uint16_t unblock(struct pin *pin, bool new_pin_follows, const char *values)
{
    return pin_unblock(pin, new_pin_follows, (const uint8_t *)values, strlen(values));
}

static void test_found_here_and_above(void **state)
{
    struct wallet *wallet = *state;
    struct pins *pins = &wallet->pins;
    assert_ptr_equal(pins_find(pins, wallet->master, 0x86), &pins->list[0]);
    assert_ptr_equal(pins_find(pins, wallet->brother, 0x86), &pins->list[0]);
    assert_ptr_equal(pins_find(pins, wallet->directory, 0x92), &pins->list[1]);
    assert_null(pins_find(pins, wallet->master, 0x92));
    assert_null(pins_find(pins, wallet->brother, 0x92));
    assert_null(pins_find(pins, wallet->directory, 0x06));
}

static void test_tries_go_and_come_back(void **state)
{
    struct wallet *wallet = *state;
    struct pin *pin = &wallet->pins.list[0];
    assert_int_equal(pin_counter(pin), 0x63C3);
    assert_int_equal(verify(pin, "000000"), 0x63C2);
    assert_int_equal(verify(pin, "111111"), SW_OK);
    assert_int_equal(pin_counter(pin), SW_OK);
    assert_int_equal(pin->left, 3);
    assert_int_equal(verify(pin, "000000"), 0x63C2);
    assert_false(pin->verified);
}

static void test_blocked(void **state)
{
    struct wallet *wallet = *state;
    struct pin *pin = &wallet->pins.list[0];
    assert_int_equal(verify(pin, "000000"), 0x63C2);
    assert_int_equal(verify(pin, "000000"), 0x63C1);
    assert_int_equal(verify(pin, "000000"), 0x63C0);
    assert_int_equal(verify(pin, "111111"), SW_BLOCKED);
    assert_int_equal(pin_counter(pin), 0x63C0);
    assert_int_equal(change(pin, "111111222222"), SW_BLOCKED);
    assert_int_equal(unblock(pin, true, "33333333444444"), SW_OK);
    assert_int_equal(pin_counter(pin), 0x63C3);
    assert_int_equal(verify(pin, "444444"), SW_OK);
}

static void test_bad_forms_cost_nothing(void **state)
{
    struct wallet *wallet = *state;
    struct pin *pin = &wallet->pins.list[0];
    assert_int_equal(verify(pin, "11111"), SW_WRONG_LENGTH);
    assert_int_equal(verify(pin, "1111111"), SW_WRONG_LENGTH);
    assert_int_equal(verify(pin, "11111x"), SW_WRONG_DATA);
    assert_int_equal(change(pin, "11111"), SW_WRONG_LENGTH);
    assert_int_equal(change(pin, "111111"), SW_WRONG_LENGTH);
    assert_int_equal(change(pin, "0000001234567"), SW_WRONG_LENGTH);
    assert_int_equal(unblock(pin, true, "0000000"), SW_WRONG_LENGTH);
    assert_int_equal(unblock(pin, true, "0000000012345"), SW_WRONG_LENGTH);
    assert_int_equal(unblock(pin, false, "000000001"), SW_WRONG_LENGTH);
    assert_int_equal(pin->left, 3);
    assert_int_equal(wallet->pins.list[2].left, 2);
}

static void test_changed(void **state)
{
    struct wallet *wallet = *state;
    struct pin *pin = &wallet->pins.list[0];
    assert_int_equal(change(pin, "000000123456"), 0x63C2);
    assert_int_equal(change(pin, "111111123456"), SW_OK);
    assert_false(pin->verified);
    assert_int_equal(verify(pin, "111111"), 0x63C2);
    assert_int_equal(verify(pin, "123456"), SW_OK);
}

static void test_the_puk_has_its_own_tries(void **state)
{
    struct wallet *wallet = *state;
    struct pin *pin = &wallet->pins.list[0];
    assert_int_equal(unblock(pin, false, "00000000"), 0x63C1);
    assert_int_equal(unblock(pin, false, "00000000"), 0x63C0);
    assert_int_equal(unblock(pin, false, "33333333"), SW_BLOCKED);
    assert_int_equal(pin->left, 3);
    assert_int_equal(unblock(&wallet->pins.list[1], false, "33333333"), SW_CONDITIONS);
}

static void test_who_forgets_when(void **state)
{
    struct wallet *wallet = *state;
    struct pins *pins = &wallet->pins;
    pins->list[0].verified = true;
    pins->list[1].verified = true;
    pins_enter(pins, wallet->directory);
    assert_true(pins->list[1].verified);
    pins_enter(pins, wallet->brother);
    assert_false(pins->list[1].verified);
    assert_true(pins->list[0].verified);
    pins_reset(pins);
    assert_false(pins->list[0].verified);
}

static void test_transport_state(void **state)
{
    struct wallet *wallet = *state;
    struct pin *pin = &wallet->pins.list[0];
    pin->minimum = pin->maximum = 4;
    pin->transport = true;
    assert_int_equal(pin_counter(pin), 0x63C3);
    assert_int_equal(verify(pin, "111111"), SW_CONDITIONS);
    assert_int_equal(verify(pin, "1111"), SW_CONDITIONS);
    assert_int_equal(unblock(pin, true, "333333332222"), SW_CONDITIONS);
    assert_int_equal(wallet->pins.list[2].left, 2);
    assert_int_equal(change(pin, "11111122222"), SW_WRONG_LENGTH);
    assert_int_equal(change(pin, "0000002222"), 0x63C2);
    assert_true(pin->transport);
    assert_int_equal(unblock(pin, false, "33333333"), SW_OK);
    assert_int_equal(change(pin, "1111112222"), SW_OK);
    assert_false(pin->transport);
    assert_false(pin->verified);
    assert_int_equal(change(pin, "1111113333"), SW_WRONG_LENGTH);
    assert_int_equal(verify(pin, "2222"), SW_OK);
}

/* FF is Y here, so that a value with its padding is a string. */
static uint16_t ask_padded(uint16_t ask(struct pin *pin, const uint8_t *data, size_t size),
                           struct pin *pin, const char *values)
{
    uint8_t data[32];
    size_t size = strlen(values);
    assert_in_range(size, 0, sizeof data);
    for (size_t i = 0; i < size; i++) {
        data[i] = values[i] == 'Y' ? 0xFF : (uint8_t)values[i];
    }
    return ask(pin, data, size);
}

static uint16_t unblock_anew(struct pin *pin, const uint8_t *data, size_t size)
{
    return pin_unblock(pin, true, data, size);
}

static void test_padded_values(void **state)
{
    struct wallet *wallet = *state;
    struct pin *pin = &wallet->pins.list[0];
    pin->minimum = 4;
    pin->padded = wallet->pins.list[2].padded = 8;
    assert_int_equal(ask_padded(pin_verify, pin, "111111"), SW_WRONG_LENGTH);
    assert_int_equal(ask_padded(pin_verify, pin, "111111YYY"), SW_WRONG_LENGTH);
    assert_int_equal(ask_padded(pin_verify, pin, "111YYYYY"), SW_WRONG_LENGTH);
    assert_int_equal(ask_padded(pin_verify, pin, "YYYYYYYY"), SW_WRONG_LENGTH);
    assert_int_equal(ask_padded(pin_verify, pin, "1111111Y"), SW_WRONG_LENGTH);
    assert_int_equal(ask_padded(pin_verify, pin, "1111Y1YY"), SW_WRONG_DATA);
    assert_int_equal(ask_padded(pin_verify, pin, "11111YYY"), 0x63C2);
    assert_int_equal(ask_padded(pin_verify, pin, "111111YY"), SW_OK);
    assert_int_equal(ask_padded(pin_change, pin, "111111YY"), SW_WRONG_LENGTH);
    assert_int_equal(ask_padded(pin_change, pin, "111111YY22222YY"), SW_WRONG_LENGTH);
    assert_int_equal(ask_padded(pin_change, pin, "111111YY22222YYY"), SW_OK);
    assert_int_equal(ask_padded(pin_verify, pin, "22222YYY"), SW_OK);
    assert_int_equal(ask_padded(unblock_anew, pin, "333333334444YYYY"), SW_OK);
    assert_int_equal(ask_padded(pin_verify, pin, "4444YYYY"), SW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found_here_and_above, fill, empty),
        cmocka_unit_test_setup_teardown(test_tries_go_and_come_back, fill, empty),
        cmocka_unit_test_setup_teardown(test_blocked, fill, empty),
        cmocka_unit_test_setup_teardown(test_bad_forms_cost_nothing, fill, empty),
        cmocka_unit_test_setup_teardown(test_changed, fill, empty),
        cmocka_unit_test_setup_teardown(test_the_puk_has_its_own_tries, fill, empty),
        cmocka_unit_test_setup_teardown(test_who_forgets_when, fill, empty),
        cmocka_unit_test_setup_teardown(test_padded_values, fill, empty),
        cmocka_unit_test_setup_teardown(test_transport_state, fill, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
