/*
 * The agent's clients: accepted when they are processes of this very user, at most
 * SERVER_CONNECTIONS_MAX at a time (rule A10), told of the readers, closed in the end.
 */
#ifndef PIRADI_AGENT_SERVER_H
#define PIRADI_AGENT_SERVER_H

#include <uv.h>

#include "base/must_use.h"

#define SERVER_CONNECTIONS_MAX 64

struct server;

/* Serves a listening, non-blocking socket, which it takes over. NULL, logged, if it cannot. */
struct server *server_start(uv_loop_t *loop, int listen_fd) MUST_USE;

/* Accepts no more, ends what is under way and gives the loop its handles back. Frees itself. */
void server_end(struct server *server);

#endif
