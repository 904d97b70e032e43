#include <string.h>

#include "pkcs11/tlv.h"
#include "tests/unit/cmocka_all.h"

#define READER(...)                                                                                \
    reader_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void takes_objects_in_order(void **state)
{
    struct reader reader = READER(0x30, 0x03, 0x02, 0x01, 0x05, 0x5F, 0x20, 0x81, 0x01, 0xAA);
    struct reader value;
    uint16_t tag;
    (void)state;
    assert_true(tlv_get(&reader, &tag, &value));
    assert_int_equal(tag, TLV_SEQUENCE);
    assert_int_equal(value.left, 3);
    assert_true(tlv_get(&reader, &tag, &value));
    assert_int_equal(tag, 0x5F20);
    assert_int_equal(value.left, 1);
    assert_int_equal(value.next[0], 0xAA);
    assert_false(tlv_get(&reader, &tag, &value));
}

static void refuses_what_does_not_fit(void **state)
{
    static const struct {
        uint8_t bytes[6];
        size_t size;
    } damaged[] = {
        {{0x30}, 1},                               /* no length */
        {{0x30, 0x01}, 2},                         /* no value */
        {{0x30, 0x80, 0x00, 0x00}, 4},             /* indefinite length */
        {{0x30, 0x82, 0x01}, 3},                   /* length cut */
        {{0x30, 0x84, 0x00, 0x00, 0x00, 0x00}, 6}, /* length too long */
        {{0x30, 0x83, 0xFF, 0xFF, 0xFF}, 5},       /* 16 MiB */
        {{0x00, 0x00}, 2},                         /* padding */
        {{0xFF, 0xFF}, 2},                         /* padding */
        {{0x5F}, 1},                               /* tag cut */
        {{0xBF, 0x80, 0x01, 0x00}, 4},             /* tag too long */
    };
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct reader reader = reader_of(damaged[i].bytes, damaged[i].size);
        struct reader before = reader;
        struct reader value;
        uint16_t tag;
        assert_false(tlv_get(&reader, &tag, &value));
        assert_ptr_equal(reader.next, before.next);
        assert_int_equal(reader.left, before.left);
    }
}

static void takes_numbers(void **state)
{
    struct reader positive = READER(0x02, 0x02, 0x00, 0x92);
    struct reader byte = READER(0x80, 0x01, 0x92);
    struct reader largest = READER(0x02, 0x05, 0x00, 0xFF, 0xFF, 0xFF, 0xFF);
    struct reader over = READER(0x02, 0x05, 0x01, 0x00, 0x00, 0x00, 0x00);
    struct reader negative = READER(0x02, 0x02, 0xFF, 0x01);
    struct reader empty = READER(0x02, 0x00);
    uint32_t value;
    (void)state;
    assert_true(tlv_get_unsigned(&positive, TLV_INTEGER, &value));
    assert_int_equal(value, 0x92);
    assert_true(tlv_get_unsigned(&byte, TLV_CONTEXT_PRIMITIVE, &value));
    assert_int_equal(value, 0x92);
    assert_true(tlv_get_unsigned(&largest, TLV_INTEGER, &value));
    assert_int_equal(value, UINT32_MAX);
    assert_false(tlv_get_unsigned(&over, TLV_INTEGER, &value));
    assert_false(tlv_get_unsigned(&negative, TLV_INTEGER, &value));
    assert_false(tlv_get_unsigned(&empty, TLV_INTEGER, &value));
    assert_int_equal(value, UINT32_MAX);
}

static void takes_bits(void **state)
{
    struct reader bits = READER(0x03, 0x03, 0x06, 0x20, 0x40); /* bits 2 and 9 */
    struct reader unused = READER(0x03, 0x02, 0x07, 0xFF);     /* bit 0; the rest is unused */
    struct reader none = READER(0x03, 0x01, 0x00);
    struct reader damaged = READER(0x03, 0x02, 0x08, 0xFF);
    struct reader nothing = READER(0x03, 0x01, 0x01);
    uint32_t value;
    (void)state;
    assert_true(tlv_get_bits(&bits, &value));
    assert_int_equal(value, 1 << 2 | 1 << 9);
    assert_true(tlv_get_bits(&unused, &value));
    assert_int_equal(value, 1);
    assert_true(tlv_get_bits(&none, &value));
    assert_int_equal(value, 0);
    assert_false(tlv_get_bits(&damaged, &value));
    assert_false(tlv_get_bits(&nothing, &value));
}

static void skips_only_what_is_named(void **state)
{
    struct reader reader = READER(0x01, 0x01, 0xFF, 0x02, 0x01, 0x07);
    uint32_t value;
    (void)state;
    tlv_skip(&reader, TLV_BIT_STRING);
    tlv_skip(&reader, TLV_BOOLEAN);
    tlv_skip(&reader, TLV_BOOLEAN);
    assert_true(tlv_get_unsigned(&reader, TLV_INTEGER, &value));
    assert_int_equal(value, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_objects_in_order),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(takes_numbers),
        cmocka_unit_test(takes_bits),
        cmocka_unit_test(skips_only_what_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
