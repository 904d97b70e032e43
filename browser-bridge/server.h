/*
 * HTTP: libmicrohttpd driven from the loop by its epoll descriptor, over connections that are
 * accepted and checked here. Each request is judged once (request.h) and handed to its route.
 */
#ifndef PIRADI_BRIDGE_SERVER_H
#define PIRADI_BRIDGE_SERVER_H

#include <stdbool.h>

#include "base/must_use.h"
#include "browser-bridge/bridge.h"
#include "browser-bridge/listener.h"

struct server;

/*
 * Serves the listening sockets, which are taken over. The bridge must outlive the server. NULL,
 * with a line in the log, on failure: the loop is then of no use any more, and the program ends.
 */
struct server *server_start(struct bridge *bridge, const int listeners[LISTENER_COUNT]) MUST_USE;

/*
 * Closes everything; unfinished operations are cancelled. The loop must run once more to its end
 * before server_free.
 */
void server_stop(struct server *server);
void server_free(struct server **server);

#endif
