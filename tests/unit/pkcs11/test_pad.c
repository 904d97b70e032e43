/* The requests to a reader's PIN pad, byte by byte; what a reader says of itself may be anything.
 */
#include "pkcs11/pad.h"
#include "tests/unit/cmocka_all.h"

static void reads_features(void **state)
{
    static const uint8_t features[] = {0x06, 0x04, 0x42, 0x33, 0x00, 0x06, 0x12, 0x01, 0x00,
                                       0x07, 0x04, 0x42, 0x33, 0x00, 0x07, 0x0A, 0x04, 0x00};
    (void)state;
    struct pad pad = pad_parse_features(features, sizeof features);
    assert_int_equal(pad.verify, 0x42330006);
    assert_int_equal(pad.modify, 0x42330007);
    for (size_t size = 0; size < 6; size++) {
        pad = pad_parse_features(features, size);
        assert_int_equal(pad.verify, 0);
    }
    pad = pad_parse_features((const uint8_t[]){0x06, 0x02, 0x42, 0x33}, 4);
    assert_int_equal(pad.verify, 0);
}

static void asks_for_one_pin(void **state)
{
    static const struct pad_entry entry = {
        .header = {0x00, 0x20, 0x00, 0x86}, .min_size = 6, .max_size = 6};
    static const uint8_t expected[] = {30, 0, 0x82, 0, 0,    6,    6,    2,    1,    0x09, 0x04, 0,
                                       0,  0, 0,    4, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x86};
    struct buffer request;
    (void)state;
    buffer_init(&request, PAD_REQUEST_MAX);
    assert_true(pad_put_verify(&request, &entry));
    assert_int_equal(request.size, sizeof expected);
    assert_memory_equal(request.bytes, expected, sizeof expected);
    buffer_free(&request);
}

static void asks_for_two_pins_that_are_padded(void **state)
{
    static const struct pad_entry entry = {
        .header = {0x00, 0x24, 0x00, 0x92}, .min_size = 4, .max_size = 6, .block = 8, .fill = 0xFF};
    struct buffer request;
    (void)state;
    buffer_init(&request, PAD_REQUEST_MAX);
    assert_true(pad_put_modify(&request, &entry));
    assert_int_equal(request.size, 24 + 4 + 1 + 16);
    assert_int_equal(request.bytes[3], 8);   /* the block's size */
    assert_int_equal(request.bytes[6], 8);   /* where the new one begins */
    assert_int_equal(request.bytes[7], 6);   /* the most digits */
    assert_int_equal(request.bytes[8], 4);   /* the least */
    assert_int_equal(request.bytes[20], 21); /* the command's size */
    assert_int_equal(request.bytes[28], 16);
    assert_int_equal(request.bytes[44], 0xFF);
    buffer_free(&request);
    buffer_init(&request, 20);
    assert_false(pad_put_modify(&request, &entry));
    buffer_free(&request);
}

static void tells_the_readers_answers_from_the_cards(void **state)
{
    enum status status = STATUS_OK;
    (void)state;
    assert_true(pad_status(0x6400, &status));
    assert_int_equal(status, STATUS_USER_TIMEOUT);
    assert_true(pad_status(0x6401, &status));
    assert_int_equal(status, STATUS_USER_CANCELLED);
    assert_true(pad_status(0x6402, &status));
    assert_int_equal(status, STATUS_PIN_LENGTH);
    assert_true(pad_status(0x6403, &status));
    assert_int_equal(status, STATUS_PIN_LENGTH);
    assert_false(pad_status(0x63C1, &status));
    assert_false(pad_status(0x9000, &status));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_features),
        cmocka_unit_test(asks_for_one_pin),
        cmocka_unit_test(asks_for_two_pins_that_are_padded),
        cmocka_unit_test(tells_the_readers_answers_from_the_cards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
