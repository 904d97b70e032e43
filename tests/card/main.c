/* piradi-card: a virtual Georgian ID card for a vpcd reader. Says `ready` on standard output when
 * its control socket takes orders. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <uv.h>

#include "base/log.h"
#include "tests/card/control.h"
#include "tests/card/image.h"
#include "tests/card/slot.h"

struct options {
    const char *image;
    const char *control;
    const char *log;
    uint16_t port;
    bool slow;
};

enum {
    OPTION_IMAGE = 'i',
    OPTION_PORT = 'p',
    OPTION_CONTROL = 'c',
    OPTION_LOG = 'l',
    OPTION_SLOW = 's',
};

static const struct argp_option option_list[] = {
    {"image", OPTION_IMAGE, "FILE", 0, "the card image that make-card made", 0},
    {"port", OPTION_PORT, "PORT", 0, "the port on 127.0.0.1 where vpcd listens", 0},
    {"control", OPTION_CONTROL, "SOCKET", 0, "make a Unix socket that takes commands", 0},
    {"log", OPTION_LOG, "FILE", 0, "write a line for each APDU; PINs are masked", 0},
    {"slow", OPTION_SLOW, NULL, 0,
     "take the time of a real card: 8 ms an APDU, 40 microseconds a byte, 350 ms a signature", 0},
    {0},
};

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value == 0 || value > UINT16_MAX) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case OPTION_IMAGE:
        options->image = argument;
        return 0;
    case OPTION_PORT:
        if (!parse_port(argument, &options->port)) {
            argp_error(state, "no port: %s", argument);
        }
        return 0;
    case OPTION_CONTROL:
        options->control = argument;
        return 0;
    case OPTION_LOG:
        options->log = argument;
        return 0;
    case OPTION_SLOW:
        options->slow = true;
        return 0;
    case ARGP_KEY_END:
        if (options->image == NULL || options->port == 0) {
            argp_error(state, "--image and --port are needed");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

static void close_handle(uv_handle_t *handle, void *argument)
{
    (void)argument;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static bool watch_signals(uv_loop_t *loop, uv_signal_t *terminate, uv_signal_t *interrupt)
{
    return uv_signal_init(loop, terminate) == 0 && uv_signal_init(loop, interrupt) == 0 &&
           uv_signal_start(terminate, on_signal, SIGTERM) == 0 &&
           uv_signal_start(interrupt, on_signal, SIGINT) == 0;
}

static int stay_in_reader(const struct options *options, struct card *card, struct apdu_log *log)
{
    uv_loop_t loop;
    struct slot slot;
    struct control control;
    uv_signal_t terminate;
    uv_signal_t interrupt;
    bool controlled = options->control != NULL;
    int result = EXIT_FAILURE;
    if (uv_loop_init(&loop) != 0) {
        log_error("cannot make an event loop");
        return result;
    }
    slot_init(&slot, &loop, card, log);
    slot.port = options->port;
    slot.slow = options->slow;
    if (!watch_signals(&loop, &terminate, &interrupt)) {
        log_error("cannot watch for signals");
        goto out;
    }
    if (controlled && !control_open(&control, &loop, options->control, &slot)) {
        goto out;
    }
    slot_insert(&slot, false);
    puts("ready");
    fflush(stdout);
    uv_run(&loop, UV_RUN_DEFAULT);
    if (controlled) {
        control_close(&control);
    }
    result = EXIT_SUCCESS;
out:
    slot_close(&slot);
    uv_walk(&loop, close_handle, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return result;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        option_list,
        parse_option,
        NULL,
        "A virtual Georgian ID card in a vpcd reader. scripts/with-card starts it, and the reader."
        "\vThe control socket takes one command a line and answers `ok` or `error`: insert, "
        "insert-upside-down, remove, remove-at N (right before the answer to the Nth APDU from "
        "now), mute, mute-at N, unmute, status, quit.",
        NULL,
        NULL,
        NULL};
    struct options options = {0};
    struct apdu_log log = {0};
    struct card card;
    int result = EXIT_FAILURE;
    log_open("piradi-card");
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    umask(S_IRWXG | S_IRWXO);
    card_init(&card);
    if (image_load(options.image, &card) && apdu_log_open(&log, options.log)) {
        result = stay_in_reader(&options, &card, &log);
    }
    apdu_log_close(&log);
    card_free(&card);
    return result;
}
