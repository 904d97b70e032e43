/*
 * A client of the agent's socket (docs/protocols.md, "Client to agent"), for programs that run a
 * libuv loop. One client is one connection and one request; closing it cancels the request.
 *
 * Order of calls: event any number of times, answer once, data while the answer's document lasts,
 * then ended. Where the request is `sign`, writable comes as well: see agent_client_write. Nothing
 * is called from inside a function of this header, and nothing after agent_client_close, which may
 * be called from inside any handler.
 */
#ifndef PIRADI_AGENT_CLIENT_H
#define PIRADI_AGENT_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/must_use.h"
#include "base/status.h"

/* Most bytes that one agent_client_write takes. */
#define AGENT_CLIENT_PIECE_MAX (256 * 1024)

struct agent_client;

enum agent_client_end {
    AGENT_CLIENT_DONE, /* the answer came, and its document whole */
    AGENT_CLIENT_LOST, /* the connection broke before that, or the agent said what it may not */
};

struct agent_client_handlers {
    /* {"event":…}, lent. May be NULL. */
    void (*event)(void *context, const json_t *event);
    /* {"status":…}, lent, and its code. */
    void (*answer)(void *context, enum status status, const json_t *answer);
    /* The next piece of the answer's document, lent. May be NULL when none is asked for. */
    void (*data)(void *context, const uint8_t *bytes, size_t size);
    /* The next piece of the request's document may be written. May be NULL when there is none. */
    void (*writable)(void *context);
    /* Nothing more comes. The client is still to be closed. */
    void (*ended)(void *context, enum agent_client_end end);
};

/*
 * Connects and sends the request (an object with its `command`; not kept). NULL if no agent
 * listens, or memory is out. The handlers' structure and the context must outlive the client.
 */
struct agent_client *agent_client_start(uv_loop_t *loop, const json_t *request,
                                        const struct agent_client_handlers *handlers,
                                        void *context) MUST_USE;

/*
 * Sends a piece of the document, 1 to AGENT_CLIENT_PIECE_MAX bytes, copied. Only once after each
 * call of `writable`, in it or later; the first comes when the request itself has been sent. False
 * if it is not the time, or memory is out. After the answer there is nothing more to write: what
 * has been written by then is ignored.
 */
bool agent_client_write(struct agent_client *client, const uint8_t *bytes, size_t size) MUST_USE;

/* Backpressure: between pause and resume neither event, answer, data nor ended is called. */
void agent_client_pause(struct agent_client *client);
void agent_client_resume(struct agent_client *client);

/* Ends the connection, and with it an unfinished request. Accepts a pointer to NULL; clears it. */
void agent_client_close(struct agent_client **client);

#endif
