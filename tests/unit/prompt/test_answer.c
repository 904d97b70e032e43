/* What the person types in answer: one PIN, or three that must fit. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/prompt/answer.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/prompt/messages.h"

struct world {
    struct dialog dialog;
    struct answer *answer;
    struct secret *typed;
    struct secret *received;
    int sockets[2];
};

static int set_up(void **state)
{
    static struct world world;
    dialog_init(&world.dialog);
    world.answer = answer_new();
    world.typed = secret_new();
    world.received = secret_new();
    assert_non_null(world.answer);
    assert_non_null(world.typed);
    assert_non_null(world.received);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, world.sockets), 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    dialog_free(&world->dialog);
    answer_free(&world->answer);
    secret_free(&world->typed);
    secret_free(&world->received);
    close(world->sockets[0]);
    close(world->sockets[1]);
    return 0;
}

static void begin(struct world *world, const char *message)
{
    struct frame frame = {FRAME_JSON, (const uint8_t *)message, strlen(message)};
    assert_true(dialog_take_frame(&world->dialog, &frame));
}

static bool type(struct world *world, const char *digits)
{
    assert_true(secret_set(world->typed, (const uint8_t *)digits, strlen(digits)));
    return answer_take(world->answer, &world->dialog, world->typed);
}

static void assert_received(struct world *world, const char *digits)
{
    assert_true(secret_receive(world->received, world->sockets[1]));
    assert_int_equal(secret_size(world->received), strlen(digits));
    assert_memory_equal(secret_bytes_direct(world->received), digits, strlen(digits));
}

static void assert_nothing_more(struct world *world)
{
    char byte;
    assert_int_equal(recv(world->sockets[1], &byte, 1, MSG_DONTWAIT), -1);
}

static void one_pin_goes_alone(void **state)
{
    struct world *world = *state;
    begin(world, ASK_LOGIN);
    assert_true(type(world, "730516"));
    assert_true(answer_send(world->answer, world->sockets[0]));
    assert_received(world, "730516");
    assert_nothing_more(world);
}

static void authorization_goes_before_the_new_pin(void **state)
{
    struct world *world = *state;
    begin(world, MANAGE);
    assert_false(type(world, "87654321"));
    assert_false(type(world, "730516"));
    assert_true(type(world, "730516"));
    assert_true(answer_send(world->answer, world->sockets[0]));
    assert_received(world, "87654321");
    assert_received(world, "730516");
    assert_nothing_more(world);
}

static void new_pins_that_differ_are_asked_for_again(void **state)
{
    struct world *world = *state;
    begin(world, MANAGE);
    assert_false(type(world, "87654321"));
    assert_false(type(world, "730516"));
    assert_false(type(world, "730517"));
    assert_true(world->dialog.new_pins_differ);
    assert_false(type(world, "111111"));
    assert_true(type(world, "111111"));
    assert_true(answer_send(world->answer, world->sockets[0]));
    assert_received(world, "87654321");
    assert_received(world, "111111");
}

static void what_was_sent_or_forgotten_is_not_sent_again(void **state)
{
    struct world *world = *state;
    begin(world, MANAGE);
    assert_false(type(world, "87654321"));
    answer_clear(world->answer);
    begin(world, ASK_LOGIN);
    assert_true(type(world, "730516"));
    assert_true(answer_send(world->answer, world->sockets[0]));
    assert_received(world, "730516");
    assert_nothing_more(world);
}

static void a_worker_that_is_gone_is_told(void **state)
{
    struct world *world = *state;
    begin(world, ASK_LOGIN);
    assert_true(type(world, "730516"));
    shutdown(world->sockets[0], SHUT_RDWR);
    assert_false(answer_send(world->answer, world->sockets[0]));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_pin_goes_alone),
        TEST(authorization_goes_before_the_new_pin),
        TEST(new_pins_that_differ_are_asked_for_again),
        TEST(what_was_sent_or_forgotten_is_not_sent_again),
        TEST(a_worker_that_is_gone_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
