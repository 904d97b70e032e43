/*
 * One of our own programs, started for an operation: a frame stream to it on its descriptor 3,
 * nothing else but what it is given, and an environment of the few variables that it needs.
 */
#ifndef PIRADI_AGENT_CHILD_H
#define PIRADI_AGENT_CHILD_H

#include <stddef.h>
#include <uv.h>

#include "agent/frame_stream.h"
#include "base/must_use.h"

/* How long a child that was let go may take to end: a worker first resets its card. */
#define CHILD_GRACE_MS 10000
/* Descriptors handed on besides the stream: 4 and 5. */
#define CHILD_DESCRIPTORS_MAX 2

struct child;

/* `frame` and `ended` of frame_stream.h; the rest is the child's own business. */
struct child_handlers {
    void (*frame)(void *context, const struct frame *frame);
    void (*drained)(void *context); /* may be NULL */
    void (*ended)(void *context);
};

/*
 * Starts the sibling program of that name, with one argument unless that is NULL; it inherits the
 * descriptors as 4 and up, the caller keeps its copies. NULL, with the reason in the log, if it
 * cannot be started.
 */
struct child *child_start(uv_loop_t *loop, const char *program, const char *argument,
                          const int *descriptors, size_t count,
                          const struct child_handlers *handlers, void *context) MUST_USE;

/* Lent, for putting frames. */
struct frame_stream *child_stream(struct child *child);

/*
 * Lets the child go: closes the stream, at which each of our programs ends by itself, never in the
 * middle of a PIN's use; killed only if it is still there after CHILD_GRACE_MS. No handler is
 * called afterwards. Accepts a pointer to NULL; clears it.
 */
void child_release(struct child **child);

#endif
