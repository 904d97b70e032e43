/* Descriptor 3: frames from and to the agent, on the main loop. */
#ifndef PIRADI_PROMPT_CHANNEL_H
#define PIRADI_PROMPT_CHANNEL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/frame.h"
#include "base/must_use.h"

enum channel_end {
    CHANNEL_CLOSED, /* by the agent: the request is over */
    CHANNEL_BROKEN, /* read error, or a frame that cannot be believed */
};

struct channel_calls {
    /* A whole frame, lent for the call. False ends the channel as CHANNEL_BROKEN. */
    bool (*frame)(const struct frame *frame, void *user);
    /* Called once; nothing is read after it. */
    void (*ended)(enum channel_end end, void *user);
    void *user;
};

struct channel;

/* Reads from fd, a stream socket, which stays the caller's. Calls are kept. Never NULL. */
struct channel *channel_open(int fd, const struct channel_calls *calls) MUST_USE;
void channel_close(struct channel **channel);

/* Takes the event over; NULL is one that memory was out for. False if it cannot be written. */
bool channel_send(struct channel *channel, json_t *event) MUST_USE;

#endif
