/*
 * The bridge's two listening sockets: 127.0.0.1 and ::1, one fixed port, both or neither. A page
 * that tried several ports could be caught by somebody else's program. Rule B1 of docs/security.md.
 */
#ifndef PIRADI_BRIDGE_LISTENER_H
#define PIRADI_BRIDGE_LISTENER_H

#include <stdbool.h>

#include "base/must_use.h"

#define LISTENER_COUNT 2

/*
 * Binds and listens on both; the descriptors are non-blocking and the caller's to close. False,
 * nothing kept, and the reason in the log: for a port that is taken, with the user id that holds
 * it.
 */
bool listener_open(int fds[LISTENER_COUNT]) MUST_USE;

#endif
