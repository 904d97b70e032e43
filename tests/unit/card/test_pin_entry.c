#include "tests/pinpad/pin_entry.h"

#include <reader.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

#define ASCII_BYTES 0x82
#define MESSAGE_MAX 512

struct message {
    uint8_t bytes[MESSAGE_MAX];
    size_t size;
};

static struct message message_of(const void *head, size_t head_size, const char *apdu,
                                 size_t apdu_size)
{
    struct message message;
    assert_in_range(head_size + apdu_size, 0, sizeof message.bytes);
    memcpy(message.bytes, head, head_size);
    memcpy(message.bytes + head_size, apdu, apdu_size);
    message.size = head_size + apdu_size;
    return message;
}

static PIN_VERIFY_STRUCTURE verify_head(size_t apdu_size)
{
    return (PIN_VERIFY_STRUCTURE){.bTimerOut = 7,
                                  .bmFormatString = ASCII_BYTES,
                                  .wPINMaxExtraDigit = 0x0406,
                                  .ulDataLength = (uint32_t)apdu_size};
}

static PIN_MODIFY_STRUCTURE modify_head(size_t apdu_size)
{
    return (PIN_MODIFY_STRUCTURE){.bmFormatString = ASCII_BYTES,
                                  .wPINMaxExtraDigit = 0x0406,
                                  .bConfirmPIN = 3,
                                  .ulDataLength = (uint32_t)apdu_size};
}

static struct digits digits_of(const char *text)
{
    struct digits digits = {.size = strlen(text)};
    assert_in_range(digits.size, 0, sizeof digits.text);
    memcpy(digits.text, text, digits.size);
    return digits;
}

static bool parse_verify(PIN_VERIFY_STRUCTURE head, const char *apdu, size_t apdu_size,
                         struct pin_entry *entry)
{
    struct message message = message_of(&head, sizeof head, apdu, apdu_size);
    return pin_entry_parse_verify(message.bytes, message.size, entry);
}

static bool parse_modify(PIN_MODIFY_STRUCTURE head, const char *apdu, size_t apdu_size,
                         struct pin_entry *entry)
{
    struct message message = message_of(&head, sizeof head, apdu, apdu_size);
    return pin_entry_parse_modify(message.bytes, message.size, entry);
}

static void assert_filled(const struct pin_entry *entry, const char *current, const char *fresh,
                          const char *expected, size_t expected_size)
{
    struct digits first = digits_of(current);
    struct digits second = digits_of(fresh);
    uint8_t apdu[PIN_APDU_MAX];
    size_t size;
    assert_true(pin_entry_fill(entry, &first, &second, apdu, &size));
    assert_int_equal(size, expected_size);
    assert_memory_equal(apdu, expected, expected_size);
}

static void assert_not_filled(const struct pin_entry *entry, const char *current, const char *fresh)
{
    struct digits first = digits_of(current);
    struct digits second = digits_of(fresh);
    uint8_t apdu[PIN_APDU_MAX];
    size_t size;
    assert_false(pin_entry_fill(entry, &first, &second, apdu, &size));
}

static void test_verify_without_data(void **state)
{
    struct pin_entry entry;
    (void)state;
    assert_true(parse_verify(verify_head(4), "\0\x20\0\x81", 4, &entry));
    assert_int_equal(entry.timeout_s, 7);
    assert_true(entry.asks_current);
    assert_false(entry.asks_new);
    assert_filled(&entry, "1234", "",
                  "\0\x20\0\x81\x04"
                  "1234",
                  9);
    assert_true(parse_verify(verify_head(5), "\0\x20\0\x81\0", 5, &entry));
    assert_filled(&entry, "123456", "",
                  "\0\x20\0\x81\x06"
                  "123456",
                  11);
}

static void test_verify_with_padding(void **state)
{
    struct pin_entry entry;
    PIN_VERIFY_STRUCTURE head = verify_head(11);
    (void)state;
    head.bmPINBlockString = 6;
    assert_true(parse_verify(head, "\0\x20\0\x81\x06YYYYYY", 11, &entry));
    assert_filled(&entry, "1234", "",
                  "\0\x20\0\x81\x06"
                  "1234YY",
                  11);
    head.bmPINBlockString = 5;
    head.bmFormatString = ASCII_BYTES | 1 << 3;
    assert_true(parse_verify(head, "\0\x20\0\x81\x06YYYYYY", 11, &entry));
    assert_filled(&entry, "1234", "",
                  "\0\x20\0\x81\x06Y"
                  "1234Y",
                  11);
    assert_not_filled(&entry, "123456", "");
    head.bmPINBlockString = 6;
    assert_true(parse_verify(head, "\0\x20\0\x81\x06YYYYYY", 11, &entry));
    assert_not_filled(&entry, "1234", "");
    head.ulDataLength = 4;
    head.bmFormatString = ASCII_BYTES;
    assert_true(parse_verify(head, "\0\x20\0\x81", 4, &entry));
    assert_not_filled(&entry, "1234", "");
}

static void test_modify(void **state)
{
    struct pin_entry entry;
    PIN_MODIFY_STRUCTURE head = modify_head(4);
    (void)state;
    assert_true(parse_modify(head, "\0\x24\0\x81", 4, &entry));
    assert_true(entry.asks_current && entry.asks_new && entry.asks_new_again);
    assert_filled(&entry, "12345", "654321",
                  "\0\x24\0\x81\x0B"
                  "12345654321",
                  16);
    head.bConfirmPIN = 0;
    assert_true(parse_modify(head, "\0\x24\0\x81", 4, &entry));
    assert_false(entry.asks_current || entry.asks_new_again);
    assert_filled(&entry, "", "654321",
                  "\0\x24\0\x81\x06"
                  "654321",
                  11);
    head = modify_head(13);
    head.bInsertionOffsetNew = 4;
    head.bmPINBlockString = 4;
    assert_true(parse_modify(head, "\0\x24\0\x81\x08YYYYYYYY", 13, &entry));
    assert_filled(&entry, "12", "6543",
                  "\0\x24\0\x81\x08"
                  "12YY6543",
                  13);
    head.bInsertionOffsetNew = 255;
    assert_true(parse_modify(head, "\0\x24\0\x81\x08YYYYYYYY", 13, &entry));
    assert_not_filled(&entry, "12", "6543");
}

static void test_what_is_not_understood(void **state)
{
    struct pin_entry entry;
    static const uint8_t formats[] = {0x81, 0x80, 0x86, 0x0A};
    (void)state;
    for (size_t i = 0; i < sizeof formats; i++) {
        PIN_VERIFY_STRUCTURE head = verify_head(4);
        head.bmFormatString = formats[i];
        assert_false(parse_verify(head, "\0\x20\0\x81", 4, &entry));
    }
    PIN_VERIFY_STRUCTURE head = verify_head(4);
    head.bmPINBlockString = 0x40;
    assert_false(parse_verify(head, "\0\x20\0\x81", 4, &entry));
    head = verify_head(4);
    head.bmPINLengthFormat = 4;
    assert_false(parse_verify(head, "\0\x20\0\x81", 4, &entry));
    head = verify_head(4);
    head.wPINMaxExtraDigit = 0x0604;
    assert_false(parse_verify(head, "\0\x20\0\x81", 4, &entry));
    PIN_MODIFY_STRUCTURE modify = modify_head(4);
    modify.bmFormatString = ASCII_BYTES | 1 << 3;
    assert_false(parse_modify(modify, "\0\x24\0\x81", 4, &entry));
}

static void test_lengths_that_lie(void **state)
{
    char longest[PIN_APDU_MAX + 1] = {0, 0x20, 0, (char)0x81, (char)255};
    struct pin_entry entry;
    (void)state;
    assert_false(parse_verify(verify_head(3), "\0\x20\0", 3, &entry));
    assert_false(parse_verify(verify_head(5), "\0\x20\0\x81", 4, &entry));
    assert_false(parse_verify(verify_head(4), "\0\x20\0\x81\0", 5, &entry));
    assert_false(parse_verify(verify_head(6), "\0\x20\0\x81\x02Y", 6, &entry));
    assert_false(parse_verify(verify_head(6), "\0\x20\0\x81\0Y", 6, &entry));
    assert_true(parse_verify(verify_head(PIN_APDU_MAX), longest, PIN_APDU_MAX, &entry));
    assert_false(parse_verify(verify_head(sizeof longest), longest, sizeof longest, &entry));
    /* On heap blocks of just that size, so that the sanitizer sees a byte too far. */
    for (size_t size = 1; size < sizeof(PIN_MODIFY_STRUCTURE) + 4; size++) {
        uint8_t *bytes = calloc(1, size);
        assert_non_null(bytes);
        assert_false(pin_entry_parse_verify(bytes, size, &entry));
        assert_false(pin_entry_parse_modify(bytes, size, &entry));
        free(bytes);
    }
}

static void test_digits(void **state)
{
    struct pin_entry entry;
    (void)state;
    assert_true(parse_verify(verify_head(4), "\0\x20\0\x81", 4, &entry));
    static const struct {
        const char *text;
        bool accepted;
    } cases[] = {{"", false}, {"123", false}, {"1234", true}, {"123456", true}, {"1234567", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct digits digits = digits_of(cases[i].text);
        assert_int_equal(pin_entry_accepts(&entry, &digits), cases[i].accepted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify_without_data),
        cmocka_unit_test(test_verify_with_padding),
        cmocka_unit_test(test_modify),
        cmocka_unit_test(test_what_is_not_understood),
        cmocka_unit_test(test_lengths_that_lie),
        cmocka_unit_test(test_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
