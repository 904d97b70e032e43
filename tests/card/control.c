#include "tests/card/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define COMMAND_COUNT_MAX 1000000
#define BACKLOG 16

struct visitor {
    uv_pipe_t pipe;
    struct control *control; /* lent */
    struct visitor *next;
    char line[CONTROL_LINE_MAX + 1];
    size_t size;
    bool too_long;
    char chunk[256];
};

struct answer {
    uv_write_t request;
    bool ends_program;
    char text[CONTROL_ANSWER_MAX];
};

static bool parse_count(const char *text, unsigned long *count)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value == 0 || value > COMMAND_COUNT_MAX) {
        return false;
    }
    *count = value;
    return true;
}

static bool run_counted(struct slot *slot, const char *line)
{
    static const struct {
        const char *prefix;
        void (*run)(struct slot *slot, unsigned long nth);
    } orders[] = {{"remove-at ", slot_remove_at}, {"mute-at ", slot_mute_at}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        size_t length = strlen(orders[i].prefix);
        unsigned long nth;
        if (strncmp(line, orders[i].prefix, length) == 0 && parse_count(line + length, &nth)) {
            orders[i].run(slot, nth);
            return true;
        }
    }
    return false;
}

static bool run_plain(struct slot *slot, const char *line)
{
    if (strcmp(line, "insert") == 0) {
        slot_insert(slot, false);
    } else if (strcmp(line, "insert-upside-down") == 0) {
        slot_insert(slot, true);
    } else if (strcmp(line, "remove") == 0) {
        slot_remove(slot);
    } else if (strcmp(line, "mute") == 0) {
        slot_mute(slot);
    } else if (strcmp(line, "unmute") == 0) {
        slot_unmute(slot);
    } else {
        return strcmp(line, "quit") == 0;
    }
    return true;
}

bool control_run(struct slot *slot, const char *line, char answer[CONTROL_ANSWER_MAX])
{
    if (strcmp(line, "status") == 0) {
        snprintf(answer, CONTROL_ANSWER_MAX, "ok %s %s %s commands=%lu",
                 slot->inserted ? "inserted" : "removed",
                 slot->connection != NULL ? "connected" : "alone", slot->mute ? "mute" : "talking",
                 slot->commands);
        return false;
    }
    bool known = run_plain(slot, line) || run_counted(slot, line);
    snprintf(answer, CONTROL_ANSWER_MAX, "%s", known ? "ok" : "error unknown command or number");
    return known && strcmp(line, "quit") == 0;
}

static void on_visitor_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void dismiss(struct visitor *visitor)
{
    struct visitor **link = &visitor->control->visitors;
    while (*link != visitor) {
        link = &(*link)->next;
    }
    *link = visitor->next;
    uv_close((uv_handle_t *)&visitor->pipe, on_visitor_closed);
}

static void on_answered(uv_write_t *request, int status)
{
    struct answer *answer = request->data;
    (void)status;
    if (answer->ends_program) {
        uv_stop(request->handle->loop);
    }
    free(answer);
}

static void answer_line(struct visitor *visitor)
{
    struct answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL) {
        return;
    }
    if (visitor->too_long) {
        snprintf(answer->text, sizeof answer->text, "error line too long");
    } else {
        visitor->line[visitor->size] = '\0';
        answer->ends_program = control_run(visitor->control->slot, visitor->line, answer->text);
    }
    size_t length = strlen(answer->text);
    answer->text[length] = '\n';
    answer->request.data = answer;
    uv_buf_t buf = uv_buf_init(answer->text, (unsigned)length + 1);
    if (uv_write(&answer->request, (uv_stream_t *)&visitor->pipe, &buf, 1, on_answered) != 0) {
        free(answer);
    }
}

static void take_character(struct visitor *visitor, char character)
{
    if (character == '\n') {
        answer_line(visitor);
        visitor->size = 0;
        visitor->too_long = false;
    } else if (visitor->size < CONTROL_LINE_MAX) {
        visitor->line[visitor->size++] = character;
    } else {
        visitor->too_long = true;
    }
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct visitor *visitor = handle->data;
    (void)suggested;
    *buf = uv_buf_init(visitor->chunk, sizeof visitor->chunk);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct visitor *visitor = stream->data;
    if (size < 0) {
        dismiss(visitor);
        return;
    }
    for (ssize_t i = 0; i < size; i++) {
        take_character(visitor, buf->base[i]);
    }
}

static void on_visit(uv_stream_t *listener, int status)
{
    struct control *control = listener->data;
    struct visitor *visitor = status == 0 ? calloc(1, sizeof *visitor) : NULL;
    if (visitor == NULL) {
        return;
    }
    if (uv_pipe_init(listener->loop, &visitor->pipe, 0) != 0) {
        free(visitor);
        return;
    }
    visitor->pipe.data = visitor;
    visitor->control = control;
    visitor->next = control->visitors;
    control->visitors = visitor;
    if (uv_accept(listener, (uv_stream_t *)&visitor->pipe) != 0 ||
        uv_read_start((uv_stream_t *)&visitor->pipe, on_allocate, on_read) != 0) {
        dismiss(visitor);
    }
}

void control_close(struct control *control)
{
    while (control->visitors != NULL) {
        dismiss(control->visitors);
    }
    uv_close((uv_handle_t *)&control->listener, NULL);
}

bool control_open(struct control *control, uv_loop_t *loop, const char *path, struct slot *slot)
{
    *control = (struct control){.slot = slot};
    int error = uv_pipe_init(loop, &control->listener, 0);
    if (error == 0) {
        control->listener.data = control;
        error = uv_pipe_bind(&control->listener, path);
    }
    if (error == 0) {
        error = uv_listen((uv_stream_t *)&control->listener, BACKLOG, on_visit);
    }
    if (error != 0) {
        log_error("%s: %s", path, uv_strerror(error));
    }
    return error == 0;
}
