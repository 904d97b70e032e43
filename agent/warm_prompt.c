#include "agent/warm_prompt.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/terminal.h"

struct warm_prompt {
    uv_loop_t *loop;
    uv_timer_t delay;
    struct prompt_link *prompt; /* NULL: none */
    int pins;                   /* of the prompt */
    bool wanted;
};

static void drop(void *context)
{
    struct warm_prompt *warm = context;
    if (warm->prompt != NULL) {
        prompt_close(&warm->prompt);
        close(warm->pins);
    }
}

/* It was told nothing, so that all it may do is end. */
static void drop_number(void *context, size_t number)
{
    (void)number;
    drop(context);
}

static void drop_page(void *context, size_t number, size_t width)
{
    (void)number;
    (void)width;
    drop(context);
}

static const struct prompt_handlers handlers_of_none = {
    .entered = drop,
    .agreed = drop,
    .chosen = drop_number,
    .other = drop,
    .page = drop_page,
    .picture_sent = drop,
    .cancelled = drop,
    .closed = drop,
    .gone = drop,
};

static void start(struct warm_prompt *warm)
{
    int pins[2];
    if (!warm->wanted || warm->prompt != NULL || !terminal_is_not_needed() ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pins) != 0) {
        return;
    }
    warm->prompt = prompt_start(warm->loop, pins[0], -1, &handlers_of_none, warm);
    warm->pins = pins[1];
    close(pins[0]);
    if (warm->prompt == NULL) {
        close(pins[1]);
    }
}

static void on_delay(uv_timer_t *delay)
{
    start(delay->data);
}

struct warm_prompt *warm_prompt_new(uv_loop_t *loop)
{
    struct warm_prompt *warm = calloc(1, sizeof *warm);
    if (warm != NULL) {
        warm->loop = loop;
        warm->delay.data = warm;
        uv_timer_init(loop, &warm->delay);
    }
    return warm;
}

static void on_delay_closed(uv_handle_t *delay)
{
    free(delay->data);
}

void warm_prompt_end(struct warm_prompt *warm)
{
    drop(warm);
    uv_close((uv_handle_t *)&warm->delay, on_delay_closed);
}

void warm_prompt_want(struct warm_prompt *warm, bool wanted)
{
    if (warm->wanted == wanted) {
        return;
    }
    warm->wanted = wanted;
    if (wanted) {
        start(warm);
    } else {
        uv_timer_stop(&warm->delay);
        drop(warm);
    }
}

void warm_prompt_at_leisure(struct warm_prompt *warm)
{
    if (warm->wanted) {
        uv_timer_start(&warm->delay, on_delay, WARM_PROMPT_DELAY_MS, 0);
    }
}

struct prompt_link *warm_prompt_take(struct warm_prompt *warm,
                                     const struct prompt_handlers *handlers, void *context,
                                     int *pins)
{
    struct prompt_link *prompt = warm->prompt;
    warm->prompt = NULL;
    uv_timer_stop(&warm->delay);
    if (prompt != NULL) {
        prompt_hand_over(prompt, handlers, context);
        *pins = warm->pins;
    }
    return prompt;
}
