#include "agent/frame_stream.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

/* One stream in the loop, its peer a plain descriptor. */
struct fixture {
    uv_loop_t loop;
    struct frame_stream *stream;
    int peer;
    unsigned frames;
    unsigned drained;
    unsigned ended;
    unsigned closed;
    bool close_in_frame;
    bool pause_in_frame;
};

static void on_frame(void *context, const struct frame *frame)
{
    struct fixture *fixture = context;
    assert_int_equal(frame->type, FRAME_DATA);
    fixture->frames++;
    if (fixture->pause_in_frame) {
        frame_stream_pause(fixture->stream);
    }
    if (fixture->close_in_frame) {
        frame_stream_close(&fixture->stream);
    }
}

static void on_drained(void *context)
{
    ((struct fixture *)context)->drained++;
}

static void on_ended(void *context)
{
    ((struct fixture *)context)->ended++;
}

static void on_closed(void *context)
{
    ((struct fixture *)context)->closed++;
}

static const struct frame_stream_handlers handlers = {
    .frame = on_frame, .drained = on_drained, .ended = on_ended, .closed = on_closed};

static int open_pair(void **state)
{
    static struct fixture fixture;
    int pair[2];
    fixture = (struct fixture){.peer = -1};
    assert_int_equal(uv_loop_init(&fixture.loop), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    fixture.peer = pair[1];
    fixture.stream = frame_stream_open(&fixture.loop, pair[0], &handlers, &fixture);
    assert_non_null(fixture.stream);
    *state = &fixture;
    return 0;
}

static int close_pair(void **state)
{
    struct fixture *fixture = *state;
    frame_stream_close(&fixture->stream);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    close(fixture->peer);
    return 0;
}

static void turn(struct fixture *fixture)
{
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void peer_sends_three(struct fixture *fixture)
{
    static const char bytes[] = "\0\0\0\1Da\0\0\0\1Db\0\0\0\1Dc";
    assert_int_equal(write(fixture->peer, bytes, sizeof bytes - 1), sizeof bytes - 1);
}

static void test_frames_that_arrive_together(void **state)
{
    struct fixture *fixture = *state;
    peer_sends_three(fixture);
    turn(fixture);
    assert_int_equal(fixture->frames, 3);
    assert_int_equal(fixture->ended, 0);
}

static void test_pause_keeps_frames_back(void **state)
{
    struct fixture *fixture = *state;
    fixture->pause_in_frame = true;
    peer_sends_three(fixture);
    for (unsigned frames = 1; frames <= 3; frames++) {
        turn(fixture);
        assert_int_equal(fixture->frames, frames);
        frame_stream_resume(fixture->stream);
        assert_int_equal(fixture->frames, frames); /* never from inside resume */
    }
    close(fixture->peer);
    fixture->peer = -1;
    turn(fixture);
    assert_int_equal(fixture->ended, 1);
}

static void test_closed_inside_a_handler(void **state)
{
    struct fixture *fixture = *state;
    fixture->close_in_frame = true;
    peer_sends_three(fixture);
    turn(fixture);
    assert_int_equal(fixture->frames, 1);
    assert_int_equal(fixture->ended, 0);
    assert_int_equal(fixture->closed, 1);
}

static void test_malformed_frame_ends_it_once(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(write(fixture->peer, "\0\0\0\1Xa\0\0\0\1Da", 12), 12);
    turn(fixture);
    close(fixture->peer);
    fixture->peer = -1;
    turn(fixture);
    assert_int_equal(fixture->frames, 0);
    assert_int_equal(fixture->ended, 1);
    assert_false(frame_stream_put(fixture->stream, FRAME_DATA, "a", 1));
}

static void test_put_and_drained(void **state)
{
    struct fixture *fixture = *state;
    char got[16];
    assert_true(frame_stream_put(fixture->stream, FRAME_DATA, "abc", 3));
    assert_int_equal(fixture->drained, 0);
    turn(fixture);
    assert_int_equal(fixture->drained, 1);
    assert_int_equal(read(fixture->peer, got, sizeof got), 8);
    assert_memory_equal(got, "\0\0\0\3Dabc", 8);
}

static void test_a_peer_that_never_reads_fills_the_queue_only(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t piece[FRAME_DATA_MAX];
    size_t taken = 0;
    while (frame_stream_put(fixture->stream, FRAME_DATA, piece, sizeof piece)) {
        taken += sizeof piece;
        assert_true(taken < 8 * FRAME_STREAM_QUEUE_MAX);
    }
    assert_true(taken >= FRAME_STREAM_QUEUE_MAX / 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_frames_that_arrive_together, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_pause_keeps_frames_back, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_closed_inside_a_handler, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_malformed_frame_ends_it_once, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_put_and_drained, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(test_a_peer_that_never_reads_fills_the_queue_only,
                                        open_pair, close_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
