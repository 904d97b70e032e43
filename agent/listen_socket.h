/*
 * The agent's listening socket: the one that systemd hands over (sd_listen_fds(3)) or, without it,
 * `$XDG_RUNTIME_DIR/piradi/agent.sock` with mode 0600. A lock beside it lets one agent run at a
 * time, so that a socket left by a dead one is safely replaced.
 */
#ifndef PIRADI_AGENT_LISTEN_SOCKET_H
#define PIRADI_AGENT_LISTEN_SOCKET_H

#include "base/must_use.h"

/* A listening, non-blocking descriptor; -1, with the reason in the log. The lock is held until the
 * process ends. */
int listen_socket_open(void) MUST_USE;

/* Removes the socket from the file system if this process put it there. */
void listen_socket_remove(void);

#endif
