/*
 * The connections that the bridge has accepted, from accept to close: whose they are, how long
 * they may take, and whether the page is still there.
 *
 *     waiting    no byte has come; not yet libmicrohttpd's. A browser keeps such a one open while
 *                it asks the person for permission, so these may last, but only so many of them
 *     serving    libmicrohttpd reads and writes; a deadline of ours stands beside it, because its
 *                own time-out does not stop a trickle
 *     suspended  the person is being asked; only the page's hang-up is watched for
 *
 * Rules B13, B15, B17 and B18 of docs/security.md.
 */
#ifndef PIRADI_BRIDGE_CONNECTION_H
#define PIRADI_BRIDGE_CONNECTION_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/must_use.h"

#define CONNECTIONS_MAX 1280
#define CONNECTIONS_WAITING_MAX 128
#define CONNECTION_FIRST_BYTE_MS (120 * 1000)
#define CONNECTION_HEADERS_MS (10 * 1000) /* also: how long a kept-alive connection may idle */

struct connection;

struct connections_handlers {
    /* The first byte is there: take the descriptor over (connection_fd). False: closes it. */
    bool (*ready)(void *context, struct connection *connection);
    /* The page of a suspended connection has gone. Resumes itself after this. */
    void (*gone)(void *context, struct connection *connection);
    /* libmicrohttpd has something to do again. */
    void (*resumed)(void *context);
};

/* All of them. The fields are connection.c's. */
struct connections {
    uv_loop_t *loop;
    const struct connections_handlers *handlers;
    void *context;
    uv_timer_t sweep;
    struct connection *newest;
    struct connection *oldest;
    size_t count;
    size_t waiting_count;
};

bool connections_init(struct connections *connections, uv_loop_t *loop,
                      const struct connections_handlers *handlers, void *context) MUST_USE;
/* Closes what waits and resumes what is suspended, as gone; the rest is libmicrohttpd's to close.
 */
void connections_stop(struct connections *connections);

/*
 * Takes an accepted descriptor over and closes it in the end. A stranger's is closed at once; so
 * is, where there are too many, the one that has waited longest.
 */
void connection_accept(struct connections *connections, int fd);
/* Makes room when descriptors are out. False when nothing waits. */
bool connections_drop_oldest_waiting(struct connections *connections);

int connection_fd(const struct connection *connection);
/* Whether the other end is, now, still a program of this user. */
bool connection_is_ours(const struct connection *connection) MUST_USE;
/* Whether the page has hung up and all that it sent has been read. libmicrohttpd, after a read that
 * left its buffer room, waits for an event that an end that was there already does not bring. */
bool connection_is_over(const struct connection *connection) MUST_USE;
/* The connection is cut off that long from now; 0: never. */
void connection_set_deadline(struct connection *connection, uint64_t milliseconds);

/* What is going on over it; kept for its handlers. */
void connection_set_exchange(struct connection *connection, void *exchange);
void *connection_exchange(const struct connection *connection);

/* Inside a handler of libmicrohttpd only. False, and nothing done, when the page cannot be watched.
 */
bool connection_suspend(struct connection *connection, struct MHD_Connection *http) MUST_USE;
/* Outside of libmicrohttpd's handlers. Does nothing unless suspended. */
void connection_resume(struct connection *connection);

/* libmicrohttpd is about to close the descriptor: the connection is freed. */
void connection_closed(struct connection *connection);

#endif
