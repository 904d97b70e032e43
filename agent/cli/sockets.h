/*
 * Whose socket is it: what the kernel tells a user about the sockets of this computer, by /proc and
 * sock_diag(7). Of other users' programs, and of those that hide themselves as ours do, only the
 * user is seen.
 */
#ifndef PIRADI_CLI_SOCKETS_H
#define PIRADI_CLI_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SOCKETS_PROGRAM_MAX 16 /* TASK_COMM_LEN */
#define SOCKETS_PEERS_MAX 64

struct program {
    pid_t pid;
    char name[SOCKETS_PROGRAM_MAX];
};

/* Who listens on a TCP port of the loopback. */
struct listener {
    uid_t user;
    uint64_t inode;
};

/*
 * From the text of /proc/net/tcp or tcp6: the first who listens on that port on a loopback address
 * or on all. False, *listener untouched, when nobody does. Pure.
 */
bool sockets_find_listener(const char *table, unsigned port, struct listener *listener);

/* The same of this computer's IPv4 (false: IPv6) as it is now. */
bool sockets_listener(bool ipv4, unsigned port, struct listener *listener);

/* The program that has the socket of that inode open, as far as this user may see. */
bool sockets_program(uint64_t inode, struct program *program);

/*
 * The programs connected to the Unix socket of that path, as far as this user may see, each once;
 * their number, at most max.
 */
size_t sockets_peers(const char *path, struct program *programs, size_t max);

/* Whether a program of that name runs as this user. */
bool sockets_runs(const char *name);

#endif
