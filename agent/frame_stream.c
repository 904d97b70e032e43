#include "agent/frame_stream.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"

#define READ_CHUNK (64 * 1024)

struct frame_stream {
    uv_pipe_t pipe;
    uv_idle_t wake; /* hands out, from the loop, the frames that a pause kept back */
    int handles_open;
    const struct frame_stream_handlers *handlers;
    void *context;
    struct frame_decoder decoder;
    bool paused;
    bool ended;
    bool closing;
    char chunk[READ_CHUNK];
};

struct pending_write {
    uv_write_t request;
    struct frame_stream *stream;
    struct buffer bytes;
};

/* Of a stream that was never handed out. */
static const struct frame_stream_handlers no_handlers;

static void on_handle_closed(uv_handle_t *handle)
{
    struct frame_stream *stream = handle->data;
    if (--stream->handles_open == 0) {
        void (*closed)(void *) = stream->handlers->closed;
        void *context = stream->context;
        frame_decoder_free(&stream->decoder);
        free(stream);
        if (closed != NULL) {
            closed(context);
        }
    }
}

static void end(struct frame_stream *stream)
{
    if (stream->ended || stream->closing) {
        return;
    }
    stream->ended = true;
    uv_read_stop((uv_stream_t *)&stream->pipe);
    stream->handlers->ended(stream->context);
}

static void deliver(struct frame_stream *stream)
{
    while (!stream->paused && !stream->closing && !stream->ended) {
        struct frame frame;
        switch (frame_decoder_next(&stream->decoder, &frame)) {
        case FRAME_COMPLETE:
            stream->handlers->frame(stream->context, &frame);
            break;
        case FRAME_INCOMPLETE:
            return;
        case FRAME_MALFORMED:
            end(stream);
            return;
        }
    }
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct frame_stream *stream = handle->data;
    *buffer = uv_buf_init(stream->chunk, sizeof stream->chunk);
}

static void on_read(uv_stream_t *pipe, ssize_t got, const uv_buf_t *buffer)
{
    struct frame_stream *stream = pipe->data;
    if (got < 0 || (got > 0 && !frame_decoder_feed(&stream->decoder, buffer->base, (size_t)got))) {
        end(stream);
    } else if (got > 0) {
        deliver(stream);
    }
}

static void read_on(struct frame_stream *stream)
{
    if (!stream->paused && !stream->closing && !stream->ended &&
        uv_read_start((uv_stream_t *)&stream->pipe, on_allocate, on_read) != 0) {
        end(stream);
    }
}

static void on_wake(uv_idle_t *wake)
{
    struct frame_stream *stream = wake->data;
    uv_idle_stop(wake);
    deliver(stream);
    read_on(stream);
}

struct frame_stream *frame_stream_open(uv_loop_t *loop, int fd,
                                       const struct frame_stream_handlers *handlers, void *context)
{
    struct frame_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        close(fd);
        return NULL;
    }
    frame_decoder_init(&stream->decoder);
    stream->pipe.data = stream;
    stream->wake.data = stream;
    stream->handles_open = 2;
    uv_pipe_init(loop, &stream->pipe, 0);
    uv_idle_init(loop, &stream->wake);
    int opened = uv_pipe_open(&stream->pipe, fd);
    if (opened != 0) {
        close(fd);
    }
    if (opened != 0 || uv_read_start((uv_stream_t *)&stream->pipe, on_allocate, on_read) != 0) {
        stream->handlers = &no_handlers;
        frame_stream_close(&stream);
        return NULL;
    }
    stream->handlers = handlers;
    stream->context = context;
    return stream;
}

static void on_written(uv_write_t *request, int result)
{
    struct pending_write *pending = request->data;
    struct frame_stream *stream = pending->stream;
    buffer_free(&pending->bytes);
    free(pending);
    if (stream->closing || stream->ended) {
        return;
    }
    if (result != 0) {
        end(stream);
    } else if (uv_stream_get_write_queue_size((uv_stream_t *)&stream->pipe) == 0 &&
               stream->handlers->drained != NULL) {
        stream->handlers->drained(stream->context);
    }
}

/* Takes the bytes over. */
static bool write_bytes(struct frame_stream *stream, struct buffer *bytes)
{
    struct pending_write *pending = malloc(sizeof *pending);
    if (pending == NULL) {
        return false;
    }
    pending->request.data = pending;
    pending->stream = stream;
    pending->bytes = *bytes;
    uv_buf_t part = uv_buf_init((char *)bytes->bytes, (unsigned)bytes->size);
    if (uv_write(&pending->request, (uv_stream_t *)&stream->pipe, &part, 1, on_written) != 0) {
        free(pending);
        return false;
    }
    buffer_init(bytes, 0);
    return true;
}

static bool has_room(const struct frame_stream *stream, const struct buffer *bytes)
{
    size_t queued = uv_stream_get_write_queue_size((const uv_stream_t *)&stream->pipe);
    return !stream->ended && bytes->size <= FRAME_STREAM_QUEUE_MAX &&
           queued <= FRAME_STREAM_QUEUE_MAX - bytes->size;
}

bool frame_stream_put(struct frame_stream *stream, enum frame_type type, const void *payload,
                      size_t size)
{
    struct buffer bytes;
    buffer_init(&bytes, FRAME_HEADER_SIZE + FRAME_DATA_MAX);
    bool ok = frame_put(&bytes, type, payload, size) && has_room(stream, &bytes) &&
              write_bytes(stream, &bytes);
    buffer_free(&bytes);
    return ok;
}

bool frame_stream_put_json(struct frame_stream *stream, const json_t *object)
{
    struct buffer bytes;
    buffer_init(&bytes, FRAME_HEADER_SIZE + FRAME_JSON_MAX);
    bool ok =
        frame_put_json(&bytes, object) && has_room(stream, &bytes) && write_bytes(stream, &bytes);
    buffer_free(&bytes);
    return ok;
}

void frame_stream_pause(struct frame_stream *stream)
{
    stream->paused = true;
    uv_read_stop((uv_stream_t *)&stream->pipe);
    uv_idle_stop(&stream->wake);
}

void frame_stream_resume(struct frame_stream *stream)
{
    if (stream->paused) {
        stream->paused = false;
        uv_idle_start(&stream->wake, on_wake);
    }
}

void frame_stream_close(struct frame_stream **handle)
{
    struct frame_stream *stream = *handle;
    *handle = NULL;
    if (stream != NULL && !stream->closing) {
        stream->closing = true;
        uv_close((uv_handle_t *)&stream->pipe, on_handle_closed);
        uv_close((uv_handle_t *)&stream->wake, on_handle_closed);
    }
}
