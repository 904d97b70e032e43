#include "base/buffer.h"

#include "tests/unit/cmocka_all.h"

static void reads_in_order_and_never_past_the_end(void **state)
{
    (void)state;
    static const uint8_t wire[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xAA};
    struct reader reader = reader_of(wire, sizeof wire);
    uint8_t byte = 0;
    uint16_t two = 0;
    uint32_t four = 0;
    assert_true(get_u8(&reader, &byte) && get_u16(&reader, &two) && get_u32(&reader, &four));
    assert_int_equal(byte, 0x01);
    assert_int_equal(two, 0x0203);
    assert_int_equal(four, 0x04050607);

    two = 7;
    assert_false(get_u16(&reader, &two));
    assert_int_equal(two, 7);
    assert_true(get_u8(&reader, &byte)); /* the failed read took nothing */
    assert_int_equal(byte, 0xAA);
    assert_false(get_u8(&reader, &byte));
}

static void parts_are_views(void **state)
{
    (void)state;
    static const uint8_t wire[] = {1, 2, 3, 4};
    struct reader reader = reader_of(wire, sizeof wire);
    struct reader part;
    const uint8_t *bytes;
    assert_true(get_reader(&reader, 3, &part));
    assert_true(get_bytes_direct(&part, 3, &bytes));
    assert_ptr_equal(bytes, wire);
    assert_false(get_reader(&reader, 2, &part));
    assert_false(get_bytes_direct(&reader, SIZE_MAX, &bytes));
}

static void grows_to_its_limit_and_not_over(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 1000);
    for (int i = 0; i < 250; i++) {
        assert_true(put_u32(&buffer, (uint32_t)i));
    }
    assert_int_equal(buffer.size, 1000);
    assert_false(put_u8(&buffer, 1));
    assert_null(put_space(&buffer, SIZE_MAX));
    assert_int_equal(buffer.size, 1000);
    assert_int_equal(buffer.bytes[999], 249);
    buffer_free(&buffer);
    assert_null(buffer.bytes);
}

static void consuming_moves_the_rest_up(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 16);
    assert_true(put_bytes(&buffer, "abcdef", 6) && put_u16(&buffer, 0x4142));
    buffer_consume(&buffer, 4);
    assert_int_equal(buffer.size, 4);
    assert_memory_equal(buffer.bytes, "efAB", 4);
    buffer_consume(&buffer, 99);
    assert_int_equal(buffer.size, 0);
    buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_order_and_never_past_the_end),
        cmocka_unit_test(parts_are_views),
        cmocka_unit_test(grows_to_its_limit_and_not_over),
        cmocka_unit_test(consuming_moves_the_rest_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
