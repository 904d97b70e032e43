#include "agent/client.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/frame_stream.h"
#include "base/program.h"

_Static_assert(AGENT_CLIENT_PIECE_MAX == FRAME_DATA_MAX, "one piece is one frame");

struct agent_client {
    struct frame_stream *stream;
    const struct agent_client_handlers *handlers;
    void *context;
    bool may_write;
    bool answered;
    bool ended;
    bool closed;
    json_int_t data_left; /* of the answer's document */
};

static void end(struct agent_client *client, enum agent_client_end how)
{
    if (!client->ended && !client->closed) {
        client->ended = true;
        frame_stream_pause(client->stream);
        client->handlers->ended(client->context, how);
    }
}

static void on_ended(void *context)
{
    end(context, AGENT_CLIENT_LOST);
}

static void on_drained(void *context)
{
    struct agent_client *client = context;
    if (!client->answered && !client->may_write && client->handlers->writable != NULL) {
        client->may_write = true;
        client->handlers->writable(client->context);
    }
}

static void take_answer(struct agent_client *client, enum status status, const json_t *answer)
{
    /* `size` announces the document that follows a signature. */
    json_int_t size = json_integer_value(json_object_get(answer, "size"));
    if (size < 0) {
        end(client, AGENT_CLIENT_LOST);
        return;
    }
    client->answered = true;
    client->data_left = status == STATUS_OK ? size : 0;
    client->handlers->answer(client->context, status, answer);
    if (!client->closed && client->data_left == 0) {
        end(client, AGENT_CLIENT_DONE);
    }
}

static void take_object(struct agent_client *client, const json_t *object)
{
    const char *code = json_string_value(json_object_get(object, "status"));
    enum status status;
    bool known = code != NULL && status_from_code(code, &status);
    if (!client->answered && known) {
        take_answer(client, status, object);
    } else if (client->answered || !json_is_string(json_object_get(object, "event"))) {
        end(client, AGENT_CLIENT_LOST);
    } else if (client->handlers->event != NULL) {
        client->handlers->event(client->context, object);
    }
}

static void take_data(struct agent_client *client, const struct frame *frame)
{
    if ((json_int_t)frame->size > client->data_left || client->handlers->data == NULL) {
        end(client, AGENT_CLIENT_LOST);
        return;
    }
    client->data_left -= (json_int_t)frame->size;
    client->handlers->data(client->context, frame->payload, frame->size);
    if (!client->closed && client->data_left == 0) {
        end(client, AGENT_CLIENT_DONE);
    }
}

static void on_frame(void *context, const struct frame *frame)
{
    struct agent_client *client = context;
    if (frame->type == FRAME_DATA) {
        take_data(client, frame);
        return;
    }
    json_t *object = frame_json(frame);
    if (object == NULL) {
        end(client, AGENT_CLIENT_LOST);
    } else {
        take_object(client, object);
    }
    json_decref(object);
}

static void on_closed(void *context)
{
    free(context);
}

static const struct frame_stream_handlers stream_handlers = {
    .frame = on_frame,
    .drained = on_drained,
    .ended = on_ended,
    .closed = on_closed,
};

/* A connected descriptor, or -1. */
static int connect_to_agent(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[PATH_MAX];
    if (!program_runtime_path("agent.sock", path) || strlen(path) >= sizeof address.sun_path) {
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct agent_client *agent_client_start(uv_loop_t *loop, const json_t *request,
                                        const struct agent_client_handlers *handlers, void *context)
{
    int fd = connect_to_agent();
    if (fd < 0) {
        return NULL;
    }
    struct agent_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        close(fd);
        return NULL;
    }
    client->handlers = handlers;
    client->context = context;
    client->stream = frame_stream_open(loop, fd, &stream_handlers, client);
    if (client->stream == NULL) {
        free(client);
        return NULL;
    }
    if (!frame_stream_put_json(client->stream, request)) {
        agent_client_close(&client);
    }
    return client;
}

bool agent_client_write(struct agent_client *client, const uint8_t *bytes, size_t size)
{
    if (!client->may_write || client->ended ||
        !frame_stream_put(client->stream, FRAME_DATA, bytes, size)) {
        return false;
    }
    client->may_write = false;
    return true;
}

void agent_client_pause(struct agent_client *client)
{
    frame_stream_pause(client->stream);
}

void agent_client_resume(struct agent_client *client)
{
    if (!client->ended) {
        frame_stream_resume(client->stream);
    }
}

void agent_client_close(struct agent_client **handle)
{
    struct agent_client *client = *handle;
    *handle = NULL;
    if (client != NULL && !client->closed) {
        client->closed = true;
        frame_stream_close(&client->stream);
    }
}
