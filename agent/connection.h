/*
 * One client of the agent: frames in, one request at a time, frames out. What it asks is done by
 * the server's readers and operations. Closing it cancels what it asked.
 */
#ifndef PIRADI_AGENT_CONNECTION_H
#define PIRADI_AGENT_CONNECTION_H

#include <uv.h>

#include "agent/operation.h"
#include "agent/readers.h"
#include "base/must_use.h"

struct connection;

/* What a connection may use; lent, and outlives it. */
struct connection_services {
    uv_loop_t *loop;
    const struct readers *readers;
    struct operations *operations;
    /* It has begun to watch. */
    void (*watches)(void *context);
    /* Called once, when the connection is over; it is still to be closed. */
    void (*over)(void *context, struct connection *connection);
    void *context;
};

/* Takes over a connected socket, whose peer is this user. NULL, closed, if memory is out. */
struct connection *connection_open(int fd, const struct connection_services *services) MUST_USE;

/* Whether a program that may soon ask for the card is at the other end: it watches. */
bool connection_is_watching(const struct connection *connection);

/* Tells a connection that watches how the readers are now. */
void connection_readers_changed(struct connection *connection);

/* Accepts a pointer to NULL; clears it. */
void connection_close(struct connection **connection);

#endif
