/*
 * Whose sockets these are, asked of the kernel: SOCK_DIAG (sock_diag(7), linux/inet_diag.h). A
 * loopback port is open to every user of the machine; only the kernel says who is at the other
 * end. Rules B1 and B15 of docs/security.md.
 */
#ifndef PIRADI_BRIDGE_PEER_H
#define PIRADI_BRIDGE_PEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/must_use.h"

/*
 * The user whose socket is, now, the established other end of an accepted loopback TCP connection.
 * False when there is none: it was closed or reset, or the kernel does not answer.
 */
bool peer_user(int fd, uid_t *user) MUST_USE;

/*
 * The user whose socket holds a TCP port on this machine's address of that family (AF_INET or
 * AF_INET6), a listening one first. False when none is found.
 */
bool peer_port_holder(int family, uint16_t port, uid_t *user) MUST_USE;

#endif
