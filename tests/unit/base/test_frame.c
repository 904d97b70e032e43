#include "base/frame.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

static int make_decoder(void **state)
{
    static struct frame_decoder decoder;
    frame_decoder_init(&decoder);
    *state = &decoder;
    return 0;
}

static int free_decoder(void **state)
{
    frame_decoder_free(*state);
    return 0;
}

static void frames_come_whole_whatever_the_pieces(void **state)
{
    struct frame_decoder *decoder = *state;
    struct buffer wire;
    buffer_init(&wire, 1024);
    assert_true(frame_put(&wire, FRAME_JSON, "{}", 2) && frame_put(&wire, FRAME_DATA, "", 0) &&
                frame_put(&wire, FRAME_DATA, "\0\1\2", 3));

    struct frame seen[3];
    uint8_t last[3];
    size_t count = 0;
    for (size_t i = 0; i < wire.size; i++) {
        struct frame frame;
        assert_true(frame_decoder_feed(decoder, &wire.bytes[i], 1));
        while (frame_decoder_next(decoder, &frame) == FRAME_COMPLETE) {
            assert_in_range(count, 0, 2);
            seen[count++] = frame;
            memcpy(last, frame.payload, frame.size);
        }
    }
    assert_int_equal(count, 3);
    assert_int_equal(seen[0].type, FRAME_JSON);
    assert_int_equal(seen[1].size, 0);
    assert_int_equal(seen[2].type, FRAME_DATA);
    assert_memory_equal(last, "\0\1\2", 3);
    buffer_free(&wire);
}

static void oversized_or_unknown_is_final(void **state)
{
    struct frame_decoder *decoder = *state;
    static const uint8_t wrong[][FRAME_HEADER_SIZE] = {
        {0x00, 0x01, 0x00, 0x01, 'J'}, /* 64 KiB and one of JSON */
        {0x00, 0x04, 0x00, 0x01, 'D'}, /* 256 KiB and one of data */
        {0xFF, 0xFF, 0xFF, 0xFF, 'D'},
        {0x00, 0x00, 0x00, 0x00, 'X'},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct frame frame;
        assert_true(frame_decoder_feed(decoder, wrong[i], sizeof wrong[i]));
        assert_int_equal(frame_decoder_next(decoder, &frame), FRAME_MALFORMED);
        frame_decoder_free(decoder);
    }
}

static void flood_without_reading_is_refused(void **state)
{
    struct frame_decoder *decoder = *state;
    static uint8_t flood[FRAME_DATA_MAX];
    assert_true(frame_decoder_feed(decoder, flood, sizeof flood));
    assert_true(frame_decoder_feed(decoder, flood, sizeof flood));
    assert_false(frame_decoder_feed(decoder, flood, sizeof flood));
}

static void only_json_objects_without_duplicates(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "[]", "1", "{", "{\"a\":1,\"a\":2}", "", "{}x", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct frame frame = {FRAME_JSON, (const uint8_t *)wrong[i], strlen(wrong[i])};
        assert_null(frame_json(&frame));
    }
    struct frame data = {FRAME_DATA, (const uint8_t *)"{}", 2};
    assert_null(frame_json(&data));
}

static void blocking_pair_agrees_and_tells_the_end(void **state)
{
    struct frame_decoder *decoder = *state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    json_t *sent = json_pack("{s:s}", "command", "status");
    assert_true(frame_write_json(pair[0], sent));
    struct frame frame;
    assert_int_equal(frame_read(pair[1], decoder, &frame), STATUS_OK);
    json_t *received = frame_json(&frame);
    assert_true(json_equal(sent, received));
    json_decref(sent);
    json_decref(received);

    assert_int_equal(send(pair[0], "\0\0", 2, 0), 2);
    close(pair[0]);
    assert_int_equal(frame_read(pair[1], decoder, &frame), STATUS_INTERNAL); /* cut in a header */
    close(pair[1]);

    frame_decoder_free(decoder);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    close(pair[0]);
    assert_int_equal(frame_read(pair[1], decoder, &frame), STATUS_USER_CANCELLED);
    assert_false(frame_write(pair[1], FRAME_DATA, "x", 1));
    close(pair[1]);
}

static void too_large_is_not_put(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 64);
    static uint8_t large[FRAME_DATA_MAX + 1];
    assert_false(frame_put(&out, FRAME_DATA, large, sizeof large));
    assert_false(frame_put(&out, FRAME_DATA, large, 60)); /* header and 60 do not fit in 64 */
    assert_int_equal(out.size, 0);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frames_come_whole_whatever_the_pieces, make_decoder,
                                        free_decoder),
        cmocka_unit_test_setup_teardown(oversized_or_unknown_is_final, make_decoder, free_decoder),
        cmocka_unit_test_setup_teardown(flood_without_reading_is_refused, make_decoder,
                                        free_decoder),
        cmocka_unit_test(only_json_objects_without_duplicates),
        cmocka_unit_test_setup_teardown(blocking_pair_agrees_and_tells_the_end, make_decoder,
                                        free_decoder),
        cmocka_unit_test(too_large_is_not_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
