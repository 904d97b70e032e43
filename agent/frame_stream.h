/*
 * Frames (base/frame.h) in and out over one connected stream socket, driven by a libuv loop. Both
 * ends of the agent's socket and the agent's side of its children use it.
 *
 * No handler is called from inside a function of this header, and after frame_stream_close,
 * which may be called from inside any handler, only `closed` is.
 */
#ifndef PIRADI_AGENT_FRAME_STREAM_H
#define PIRADI_AGENT_FRAME_STREAM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/frame.h"
#include "base/must_use.h"

/* Most bytes waiting to be written before a put is refused: a peer that never reads costs no more.
 */
#define FRAME_STREAM_QUEUE_MAX (1024 * 1024)

struct frame_stream;

struct frame_stream_handlers {
    /* A whole frame, lent. */
    void (*frame)(void *context, const struct frame *frame);
    /* All that was put has been handed to the kernel. May be NULL. */
    void (*drained)(void *context);
    /* The peer closed, sent a malformed frame, or the socket failed. Called once. */
    void (*ended)(void *context);
    /* After frame_stream_close, once the stream is gone: the context may be freed. May be NULL. */
    void (*closed)(void *context);
};

/*
 * Takes the descriptor over and begins to read. NULL, descriptor closed, if memory or descriptors
 * are out (then `closed` is not called either).
 * The handlers' structure and the context must outlive the stream.
 */
struct frame_stream *frame_stream_open(uv_loop_t *loop, int fd,
                                       const struct frame_stream_handlers *handlers,
                                       void *context) MUST_USE;

/* Sends a frame, copied. False if it does not fit a frame or the queue, the stream has ended, or
 * memory is out. */
bool frame_stream_put(struct frame_stream *stream, enum frame_type type, const void *payload,
                      size_t size) MUST_USE;
bool frame_stream_put_json(struct frame_stream *stream, const json_t *object) MUST_USE;

/* Between pause and resume neither frame nor ended is called. */
void frame_stream_pause(struct frame_stream *stream);
void frame_stream_resume(struct frame_stream *stream);

/* Closes at once, dropping what was not yet written. Accepts a pointer to NULL; clears it. */
void frame_stream_close(struct frame_stream **stream);

#endif
