/*
 * The control socket: a Unix stream socket on which tests pull and insert the card. A command is
 * a line, and gets one line back, `ok` (with words after it for `status`) or `error` and why.
 *
 *     insert               the card is pushed in
 *     insert-upside-down   the same, but it does not answer power-on
 *     remove               it is pulled
 *     remove-at N          it is pulled right before its answer to the Nth command from now
 *     mute                 it answers no more, until unmute or removal
 *     mute-at N            the same, from the answer to the Nth command from now on
 *     unmute               it gives the answer that it held back, and goes on
 *     status               `ok inserted|removed connected|alone mute|talking commands=N`
 *     quit                 the program ends
 */
#ifndef PIRADI_TESTS_CARD_CONTROL_H
#define PIRADI_TESTS_CARD_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/must_use.h"
#include "tests/card/slot.h"

#define CONTROL_LINE_MAX 64
#define CONTROL_ANSWER_MAX 96

struct visitor;

struct control {
    uv_pipe_t listener;
    struct slot *slot;        /* lent */
    struct visitor *visitors; /* owned until libuv has closed them */
};

/* Listens on a new socket at path. False, logged, when it cannot be had. */
bool control_open(struct control *control, uv_loop_t *loop, const char *path,
                  struct slot *slot) MUST_USE;

/* Closes the socket and all who talk on it; run the loop once more before freeing control. */
void control_close(struct control *control);

/* Carries one line (without its end) out. True when the program shall end. */
bool control_run(struct slot *slot, const char *line, char answer[CONTROL_ANSWER_MAX]);

#endif
