#include "agent/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/frame.h"
#include "tests/unit/cmocka_all.h"

/* The test is the agent: a listening socket where the client looks for it, and what was heard. */
struct fixture {
    char folder[64];
    char heard[1024]; /* "event pin; answer OK; data 3; …" */
    uv_loop_t loop;
    int listener;
    int agent;
    struct agent_client *client;
    struct frame_decoder decoder;
};

static void hear(struct fixture *fixture, const char *what, const char *detail)
{
    size_t at = strlen(fixture->heard);
    snprintf(fixture->heard + at, sizeof fixture->heard - at, "%s %s; ", what, detail);
}

static void on_event(void *context, const json_t *event)
{
    hear(context, "event", json_string_value(json_object_get(event, "event")));
}

static void on_answer(void *context, enum status status, const json_t *answer)
{
    assert_non_null(json_object_get(answer, "status"));
    hear(context, "answer", status_code(status));
}

static void on_data(void *context, const uint8_t *bytes, size_t size)
{
    char text[16] = "";
    assert_true(size < sizeof text);
    memcpy(text, bytes, size);
    hear(context, "data", text);
}

static void on_writable(void *context)
{
    hear(context, "writable", "now");
}

static void on_end(void *context, enum agent_client_end end)
{
    hear(context, "ended", end == AGENT_CLIENT_DONE ? "done" : "lost");
}

static const struct agent_client_handlers handlers = {
    .event = on_event,
    .answer = on_answer,
    .data = on_data,
    .writable = on_writable,
    .ended = on_end,
};

static void turn(struct fixture *fixture)
{
    for (int i = 0; i < 4; i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
}

static void assert_heard(struct fixture *fixture, const char *wanted)
{
    turn(fixture);
    assert_string_equal(fixture->heard, wanted);
    fixture->heard[0] = '\0';
}

static int make_folder(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.folder = "/tmp/client-XXXXXX", .listener = -1, .agent = -1};
    assert_non_null(mkdtemp(fixture.folder));
    assert_int_equal(setenv("XDG_RUNTIME_DIR", fixture.folder, 1), 0);
    assert_int_equal(uv_loop_init(&fixture.loop), 0);
    frame_decoder_init(&fixture.decoder);
    *state = &fixture;
    return 0;
}

static int start(void **state)
{
    make_folder(state);
    struct fixture *fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/piradi", fixture->folder);
    assert_int_equal(mkdir(address.sun_path, 0700), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/piradi/agent.sock", fixture->folder);
    fixture->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fixture->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fixture->listener, 1), 0);

    json_t *request = json_pack("{s:s}", "command", "sign");
    fixture->client = agent_client_start(&fixture->loop, request, &handlers, fixture);
    json_decref(request);
    assert_non_null(fixture->client);
    fixture->agent = accept(fixture->listener, NULL, NULL);
    assert_true(fixture->agent >= 0);
    struct frame frame;
    assert_int_equal(frame_read(fixture->agent, &fixture->decoder, &frame), STATUS_OK);
    assert_memory_equal(frame.payload, "{\"command\":\"sign\"}", frame.size);
    assert_heard(fixture, "writable now; ");
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    agent_client_close(&fixture->client);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    frame_decoder_free(&fixture->decoder);
    if (fixture->agent >= 0) {
        close(fixture->agent);
    }
    if (fixture->listener >= 0) {
        close(fixture->listener);
    }
    snprintf(path, sizeof path, "%s/piradi/agent.sock", fixture->folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/piradi", fixture->folder);
    rmdir(path);
    return rmdir(fixture->folder);
}

static void agent_says(struct fixture *fixture, const char *text)
{
    assert_true(frame_write(fixture->agent, FRAME_JSON, text, strlen(text)));
}

static void agent_gives(struct fixture *fixture, const char *text)
{
    assert_true(frame_write(fixture->agent, FRAME_DATA, text, strlen(text)));
}

static void test_no_agent(void **state)
{
    struct fixture *fixture = *state;
    json_t *request = json_object();
    assert_null(agent_client_start(&fixture->loop, request, &handlers, fixture));
    json_decref(request);
}

static void test_events_answer_and_document(void **state)
{
    struct fixture *fixture = *state;
    agent_says(fixture, "{\"event\":\"waiting\",\"for\":\"pin\"}");
    agent_says(fixture, "{\"status\":\"OK\",\"size\":5}");
    agent_gives(fixture, "abc");
    assert_heard(fixture, "event waiting; answer OK; data abc; ");
    agent_gives(fixture, "de");
    assert_heard(fixture, "data de; ended done; ");
}

static void test_refusal_is_the_end(void **state)
{
    struct fixture *fixture = *state;
    agent_says(fixture, "{\"status\":\"BUSY\"}");
    assert_heard(fixture, "answer BUSY; ended done; ");
    assert_false(agent_client_write(fixture->client, (const uint8_t *)"a", 1));
}

static void test_document_is_written_piece_by_piece(void **state)
{
    struct fixture *fixture = *state;
    struct frame frame;
    for (int i = 0; i < 3; i++) {
        assert_true(agent_client_write(fixture->client, (const uint8_t *)"piece", 5));
        assert_false(agent_client_write(fixture->client, (const uint8_t *)"early", 5));
        assert_int_equal(frame_read(fixture->agent, &fixture->decoder, &frame), STATUS_OK);
        assert_int_equal(frame.type, FRAME_DATA);
        assert_memory_equal(frame.payload, "piece", 5);
        assert_heard(fixture, "writable now; ");
    }
}

static void test_pause(void **state)
{
    struct fixture *fixture = *state;
    agent_client_pause(fixture->client);
    agent_says(fixture, "{\"status\":\"OK\",\"size\":3}");
    agent_gives(fixture, "abc");
    assert_heard(fixture, "");
    agent_client_resume(fixture->client);
    assert_string_equal(fixture->heard, "");
    assert_heard(fixture, "answer OK; data abc; ended done; ");
}

static void test_agent_goes_away(void **state)
{
    struct fixture *fixture = *state;
    agent_says(fixture, "{\"status\":\"OK\",\"size\":5}");
    agent_gives(fixture, "abc");
    close(fixture->agent);
    fixture->agent = -1;
    assert_heard(fixture, "answer OK; data abc; ended lost; ");
}

static void test_what_an_agent_may_not_say(void **state)
{
    static const char *const texts[] = {"{}", "[]", "{\"status\":\"NONE_OF_OURS\"}",
                                        "{\"status\":\"OK\",\"size\":-1}", "{\"event\":1}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct fixture *fixture = *state;
        agent_says(fixture, texts[i]);
        assert_heard(fixture, "ended lost; ");
        stop(state);
        start(state);
    }
}

static void test_more_data_than_announced(void **state)
{
    struct fixture *fixture = *state;
    agent_says(fixture, "{\"status\":\"OK\",\"size\":2}");
    agent_gives(fixture, "abc");
    assert_heard(fixture, "answer OK; ended lost; ");
}

static void test_a_second_answer(void **state)
{
    struct fixture *fixture = *state;
    agent_says(fixture, "{\"status\":\"OK\",\"size\":2}");
    agent_says(fixture, "{\"status\":\"OK\",\"size\":2}");
    assert_heard(fixture, "answer OK; ended lost; ");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_agent, make_folder, stop),
        cmocka_unit_test_setup_teardown(test_events_answer_and_document, start, stop),
        cmocka_unit_test_setup_teardown(test_refusal_is_the_end, start, stop),
        cmocka_unit_test_setup_teardown(test_document_is_written_piece_by_piece, start, stop),
        cmocka_unit_test_setup_teardown(test_pause, start, stop),
        cmocka_unit_test_setup_teardown(test_agent_goes_away, start, stop),
        cmocka_unit_test_setup_teardown(test_what_an_agent_may_not_say, start, stop),
        cmocka_unit_test_setup_teardown(test_more_data_than_announced, start, stop),
        cmocka_unit_test_setup_teardown(test_a_second_answer, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
