#include <string.h>

#include "pkcs11/apdu.h"
#include "tests/unit/cmocka_all.h"

#define ASSERT_ENCODED(apdu, ...)                                                                  \
    assert_encoded(apdu, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void assert_encoded(const struct apdu *apdu, const uint8_t *bytes, size_t size)
{
    struct buffer out;
    buffer_init(&out, 2048);
    assert_true(apdu_put(&out, apdu));
    assert_int_equal(out.size, size);
    assert_memory_equal(out.bytes, bytes, size);
    buffer_free(&out);
}

/* The cases of ISO/IEC 7816-4:2013, table 1. */
static void encodes_each_case(void **state)
{
    static const uint8_t data[] = {0xD1, 0xD2};
    (void)state;
    ASSERT_ENCODED(&((struct apdu){.ins = 0xA4, .p1 = 1, .p2 = 2}), 0x00, 0xA4, 0x01, 0x02);
    ASSERT_ENCODED(&((struct apdu){.ins = 0xB0, .le = 256}), 0x00, 0xB0, 0x00, 0x00, 0x00);
    ASSERT_ENCODED(&((struct apdu){.ins = 0xB0, .le = 65536}), 0x00, 0xB0, 0x00, 0x00, 0x00, 0x00,
                   0x00);
    ASSERT_ENCODED(&((struct apdu){.cla = 0x10, .ins = 0x22, .data = data, .size = 2}), 0x10, 0x22,
                   0x00, 0x00, 0x02, 0xD1, 0xD2);
    ASSERT_ENCODED(&((struct apdu){.ins = 0x2A, .data = data, .size = 2, .le = 255}), 0x00, 0x2A,
                   0x00, 0x00, 0x02, 0xD1, 0xD2, 0xFF);
    ASSERT_ENCODED(&((struct apdu){.ins = 0x2A, .data = data, .size = 2, .le = 384}), 0x00, 0x2A,
                   0x00, 0x00, 0x00, 0x00, 0x02, 0xD1, 0xD2, 0x01, 0x80);
}

static void refuses_what_cannot_be_encoded(void **state)
{
    static const uint8_t data[APDU_DATA_MAX + 1];
    struct buffer out;
    (void)state;
    buffer_init(&out, 2048);
    assert_false(apdu_put(&out, &(struct apdu){.data = data, .size = sizeof data}));
    assert_false(apdu_put(&out, &(struct apdu){.le = APDU_LE_EXTENDED_MAX + 1}));
    assert_int_equal(out.size, 0);
    out.limit = 6;
    assert_false(apdu_put(&out, &(struct apdu){.data = data, .size = 2}));
    assert_int_equal(out.size, 0);
    buffer_free(&out);
}

static void parses_responses(void **state)
{
    static const uint8_t bytes[] = {0xAB, 0x62, 0x82};
    struct apdu_response response;
    (void)state;
    assert_true(apdu_parse_response(bytes, sizeof bytes, &response));
    assert_int_equal(response.size, 1);
    assert_int_equal(response.sw, SW_END_OF_FILE);
    assert_false(apdu_parse_response(bytes, 1, &response));
    assert_false(apdu_parse_response(bytes, 0, &response));
}

static void knows_the_status_words_that_count(void **state)
{
    size_t le;
    unsigned tries;
    (void)state;
    assert_true(apdu_more_waits(0x6110, &le));
    assert_int_equal(le, 16);
    assert_true(apdu_more_waits(0x6100, &le));
    assert_int_equal(le, 256);
    assert_true(apdu_le_was_wrong(0x6C20, &le));
    assert_int_equal(le, 32);
    assert_false(apdu_le_was_wrong(0x9000, &le));
    assert_true(apdu_tries_left(0x63C2, &tries));
    assert_int_equal(tries, 2);
    assert_false(apdu_tries_left(0x6300, &tries));
}

static void knows_what_is_said_of_a_pin(void **state)
{
    (void)state;
    assert_int_equal(apdu_status_of_pin(0x9000), STATUS_OK);
    assert_int_equal(apdu_status_of_pin(0x63C1), STATUS_PIN_WRONG);
    assert_int_equal(apdu_status_of_pin(0x63C0), STATUS_PIN_BLOCKED);
    assert_int_equal(apdu_status_of_pin(0x6983), STATUS_PIN_BLOCKED);
    assert_int_equal(apdu_status_of_pin(0x6984), STATUS_PIN_BLOCKED);
    assert_int_equal(apdu_status_of_pin(0x6700), STATUS_PIN_LENGTH);
    assert_int_equal(apdu_status_of_pin(0x6F00), STATUS_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_each_case),
        cmocka_unit_test(refuses_what_cannot_be_encoded),
        cmocka_unit_test(parses_responses),
        cmocka_unit_test(knows_the_status_words_that_count),
        cmocka_unit_test(knows_what_is_said_of_a_pin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
