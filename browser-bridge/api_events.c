/*
 * GET /v1/events: Server-Sent Events (HTML standard, section 9.2). Each event is the whole state,
 * so that a page that comes back needs only the newest one, whatever id it saw last; a slow page
 * misses what was already over. A comment now and then keeps the stream alive.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser-bridge/agent_state.h"
#include "browser-bridge/exchange.h"
#include "browser-bridge/reply.h"

#define STREAMS_MAX 1024
#define BLOCK_SIZE 2048 /* of a chunk to libmicrohttpd */
#define MESSAGE_MAX 2048
#define HEARTBEAT_MS (15 * 1000)
#define STALL_MS (30 * 1000) /* a page that takes nothing for so long is cut off */

struct stream {
    struct agent_watcher watcher; /* first: the watcher is the stream */
    uv_timer_t heartbeat;
    struct exchange *exchange;
    uint64_t sent_number; /* of agent_state_number; 0: none yet */
    bool heartbeat_due;
    char message[MESSAGE_MAX];
    size_t size;
    size_t offset;
};

static bool write_event(struct stream *stream, const struct agent_state *state)
{
    json_t *body = agent_state_json(state);
    char *data = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (data == NULL) {
        return false;
    }
    uint64_t number = agent_state_number(state);
    int size = snprintf(stream->message, sizeof stream->message,
                        "id: %llu\nevent: readers\ndata: %s\n\n", (unsigned long long)number, data);
    free(data);
    if (size < 0 || (size_t)size >= sizeof stream->message) {
        return false;
    }
    stream->sent_number = number;
    stream->size = (size_t)size;
    return true;
}

/* The next message, if there is something to say. */
static bool write_message(struct stream *stream)
{
    static const char heartbeat[] = ":\n\n";
    const struct agent_state *state = stream->exchange->bridge->agent;
    stream->size = 0;
    stream->offset = 0;
    if (stream->sent_number != agent_state_number(state)) {
        return write_event(stream, state);
    }
    if (stream->heartbeat_due) {
        memcpy(stream->message, heartbeat, sizeof heartbeat);
        stream->size = sizeof heartbeat - 1;
    }
    stream->heartbeat_due = false;
    return true;
}

static ssize_t read_stream(void *context, uint64_t position, char *bytes, size_t max)
{
    struct exchange *exchange = context;
    struct stream *stream = exchange->operation;
    (void)position;
    if (exchange->gone || stream == NULL) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (stream->offset == stream->size && !write_message(stream)) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t left = stream->size - stream->offset;
    if (left == 0) {
        bool suspended = connection_suspend(exchange->connection, exchange->http_connection);
        return suspended ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t size = left < max ? left : max;
    memcpy(bytes, stream->message + stream->offset, size);
    stream->offset += size;
    connection_set_deadline(exchange->connection, STALL_MS);
    return (ssize_t)size;
}

static void begin_stream(struct stream *stream)
{
    reply_with(stream->exchange, MHD_HTTP_OK,
               MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, read_stream,
                                                 stream->exchange, NULL),
               "text/event-stream");
}

/* The first change is the answer that the stream waited for; the others wake it. */
static void on_changed(struct agent_watcher *watcher)
{
    struct stream *stream = (struct stream *)watcher;
    if (stream->exchange->response == NULL) {
        begin_stream(stream);
    } else {
        connection_resume(stream->exchange->connection);
    }
}

static void on_heartbeat(uv_timer_t *timer)
{
    struct stream *stream = timer->data;
    stream->heartbeat_due = true;
    if (stream->exchange->response != NULL) {
        connection_resume(stream->exchange->connection);
    }
}

static struct stream *new_stream(struct exchange *exchange)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL || uv_timer_init(exchange->bridge->loop, &stream->heartbeat) != 0) {
        free(stream);
        return NULL;
    }
    stream->watcher.changed = on_changed;
    stream->exchange = exchange;
    stream->heartbeat.data = stream;
    uv_timer_start(&stream->heartbeat, on_heartbeat, HEARTBEAT_MS, HEARTBEAT_MS);
    return stream;
}

static void complete(struct exchange *exchange)
{
    struct bridge *bridge = exchange->bridge;
    if (bridge->streams == STREAMS_MAX) {
        reply_problem(exchange, &(struct problem){.status = STATUS_TOO_MANY_REQUESTS,
                                                  .detail = "Too many event streams are open.",
                                                  .retry_after_s = HEARTBEAT_MS / 1000});
        return;
    }
    struct stream *stream = new_stream(exchange);
    if (stream == NULL) {
        reply_internal(exchange, "no memory for an event stream");
        return;
    }
    exchange->operation = stream;
    bridge->streams++;
    bool known = agent_state_ask(bridge->agent);
    agent_state_watch(bridge->agent, &stream->watcher);
    if (known) {
        begin_stream(stream);
    }
}

static void free_stream(uv_handle_t *heartbeat)
{
    free(heartbeat->data);
}

static void release(struct exchange *exchange)
{
    struct stream *stream = exchange->operation;
    if (stream != NULL) {
        exchange->operation = NULL;
        exchange->bridge->streams--;
        agent_state_unwatch(exchange->bridge->agent, &stream->watcher);
        uv_close((uv_handle_t *)&stream->heartbeat, free_stream);
    }
}

const struct endpoint events_endpoint = {.complete = complete, .release = release};
