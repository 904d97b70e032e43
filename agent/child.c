#include "agent/child.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/program.h"

#define FIRST_DESCRIPTOR 3
#define ENVIRONMENT_MAX 32

struct child {
    const char *program;
    const struct child_handlers *handlers;
    void *context;
    struct frame_stream *stream;
    uv_process_t process;
    uv_timer_t grace;
    bool running;
    bool released;
    int parts_open; /* process, grace and stream; the last one closed frees the child */
};

/* What a window, pcscd's client and a language need. */
static const char *const inherited[] = {
    "HOME=",
    "LANG=",
    "LANGUAGE=",
    "LC_ALL=",
    "LC_CTYPE=",
    "LC_MESSAGES=",
    "LC_TIME=",
    "XDG_RUNTIME_DIR=",
    "XDG_DATA_DIRS=",
    "XDG_CURRENT_DESKTOP=",
    "DISPLAY=",
    "XAUTHORITY=",
    "WAYLAND_DISPLAY=",
    "DBUS_SESSION_BUS_ADDRESS=",
    "AT_SPI_BUS_ADDRESS=",
    "GDK_BACKEND=",
    "GSK_RENDERER=",
    "PCSCLITE_CSOCK_NAME=",
#ifdef PIRADI_TEST_BUILD
    "PIRADI_",
    "SOFTHSM2_CONF=",
    "ASAN_OPTIONS=",
    "LSAN_OPTIONS=",
    "UBSAN_OPTIONS=",
#endif
};

extern char **environ;

static bool is_inherited(const char *variable)
{
    for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++) {
        if (strncmp(variable, inherited[i], strlen(inherited[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Lends the variables of our own environment that a child may have. */
static void collect_environment(char *variables[ENVIRONMENT_MAX + 1])
{
    size_t count = 0;
    for (char **variable = environ; *variable != NULL && count < ENVIRONMENT_MAX; variable++) {
        if (is_inherited(*variable)) {
            variables[count++] = *variable;
        }
    }
    variables[count] = NULL;
}

static void part_closed(struct child *child)
{
    if (--child->parts_open == 0) {
        free(child);
    }
}

static void on_handle_closed(uv_handle_t *handle)
{
    part_closed(handle->data);
}

static void on_frame(void *context, const struct frame *frame)
{
    struct child *child = context;
    child->handlers->frame(child->context, frame);
}

static void on_drained(void *context)
{
    struct child *child = context;
    if (child->handlers->drained != NULL) {
        child->handlers->drained(child->context);
    }
}

static void on_stream_ended(void *context)
{
    struct child *child = context;
    child->handlers->ended(child->context);
}

static void on_stream_closed(void *context)
{
    part_closed(context);
}

static const struct frame_stream_handlers stream_handlers = {
    .frame = on_frame,
    .drained = on_drained,
    .ended = on_stream_ended,
    .closed = on_stream_closed,
};

static void close_process(struct child *child)
{
    uv_close((uv_handle_t *)&child->process, on_handle_closed);
    uv_close((uv_handle_t *)&child->grace, on_handle_closed);
}

static void on_process_ended(uv_process_t *process, int64_t status, int signal_number)
{
    struct child *child = process->data;
    child->running = false;
    if (signal_number != 0) {
        log_warning("%s was ended by signal %d", child->program, signal_number);
    } else if (status != 0) {
        log_warning("%s ended with status %d", child->program, (int)status);
    }
    if (child->released) {
        close_process(child);
    }
}

static void on_grace_over(uv_timer_t *grace)
{
    struct child *child = grace->data;
    log_warning("%s did not end by itself and is killed", child->program);
    uv_process_kill(&child->process, SIGKILL);
}

static int spawn(uv_loop_t *loop, struct child *child, char *path, char *argument, int control,
                 const int *descriptors, size_t count)
{
    char *variables[ENVIRONMENT_MAX + 1];
    collect_environment(variables);
    char *arguments[] = {path, argument, NULL};
    uv_stdio_container_t stdio[FIRST_DESCRIPTOR + 1 + CHILD_DESCRIPTORS_MAX] = {
        {.flags = UV_IGNORE},
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = control},
    };
    for (size_t i = 0; i < count; i++) {
        stdio[FIRST_DESCRIPTOR + 1 + i] =
            (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = descriptors[i]};
    }
    const uv_process_options_t options = {
        .exit_cb = on_process_ended,
        .file = path,
        .args = arguments,
        .env = variables,
        .stdio_count = FIRST_DESCRIPTOR + 1 + (int)count,
        .stdio = stdio,
    };
    return uv_spawn(loop, &child->process, &options);
}

struct child *child_start(uv_loop_t *loop, const char *program, const char *argument,
                          const int *descriptors, size_t count,
                          const struct child_handlers *handlers, void *context)
{
    int control[2];
    char path[PATH_MAX];
    struct child *child = calloc(1, sizeof *child);
    if (child == NULL || !program_path(program, path) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0) {
        free(child);
        return NULL;
    }
    child->program = program;
    child->handlers = handlers;
    child->context = context;
    child->process.data = child;
    child->grace.data = child;
    child->parts_open = 2;
    uv_timer_init(loop, &child->grace);
    char *own_argument = argument != NULL ? strdup(argument) : NULL;
    int result = argument != NULL && own_argument == NULL
                     ? UV_ENOMEM
                     : spawn(loop, child, path, own_argument, control[1], descriptors, count);
    free(own_argument);
    close(control[1]);
    child->running = result == 0;
    child->stream = frame_stream_open(loop, control[0], &stream_handlers, child);
    child->parts_open += child->stream != NULL ? 1 : 0;
    if (result != 0 || child->stream == NULL) {
        log_error("cannot start %s: %s", program, uv_strerror(result != 0 ? result : UV_ENOMEM));
        child_release(&child);
    }
    return child;
}

struct frame_stream *child_stream(struct child *child)
{
    return child->stream;
}

void child_release(struct child **handle)
{
    struct child *child = *handle;
    *handle = NULL;
    if (child == NULL || child->released) {
        return;
    }
    child->released = true;
    frame_stream_close(&child->stream);
    if (child->running) {
        uv_timer_start(&child->grace, on_grace_over, CHILD_GRACE_MS, 0);
    } else {
        close_process(child);
    }
}
