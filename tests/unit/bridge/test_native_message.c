#include "browser-bridge/native-host/message.h"

#include <string.h>

#include "tests/unit/cmocka_all.h"

static size_t write_message(uint8_t *bytes, uint32_t length, const char *text)
{
    memcpy(bytes, &length, sizeof length);
    memcpy(bytes + sizeof length, text, strlen(text));
    return sizeof length + strlen(text);
}

static void test_whole_and_in_parts(void **state)
{
    uint8_t bytes[64];
    struct reader payload;
    (void)state;
    size_t size = write_message(bytes, 2, "{}rest");
    for (size_t i = 0; i < MESSAGE_LENGTH_SIZE + 2; i++) {
        assert_int_equal(message_first(bytes, i, &payload), MESSAGE_INCOMPLETE);
    }
    assert_int_equal(message_first(bytes, size, &payload), MESSAGE_COMPLETE);
    assert_int_equal(payload.left, 2);
    assert_memory_equal(payload.next, "{}", 2);
}

static void test_lengths_that_are_none(void **state)
{
    static const uint32_t lengths[] = {0, MESSAGE_MAX + 1, 1U << 30, UINT32_MAX};
    uint8_t bytes[MESSAGE_LENGTH_SIZE];
    struct reader payload;
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        write_message(bytes, lengths[i], "");
        assert_int_equal(message_first(bytes, sizeof bytes, &payload), MESSAGE_MALFORMED);
    }
    write_message(bytes, MESSAGE_MAX, "");
    assert_int_equal(message_first(bytes, sizeof bytes, &payload), MESSAGE_INCOMPLETE);
}

static void test_put(void **state)
{
    static const char text[] = "{\"a\":\"b\"}";
    struct buffer out;
    uint32_t length;
    (void)state;
    json_t *object = json_pack("{s:s}", "a", "b");
    buffer_init(&out, MESSAGE_LENGTH_SIZE + strlen(text));
    assert_true(message_put(&out, object));
    memcpy(&length, out.bytes, sizeof length);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(out.bytes + sizeof length, text, length);
    assert_false(message_put(&out, object));
    assert_int_equal(out.size, out.limit);
    json_decref(object);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_and_in_parts),
        cmocka_unit_test(test_lengths_that_are_none),
        cmocka_unit_test(test_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
