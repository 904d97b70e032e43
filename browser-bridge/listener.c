#include "browser-bridge/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "browser-bridge/peer.h"
#include "browser-bridge/request.h"

#define BACKLOG 128

static void log_failure(int family, const char *address, int error)
{
    uid_t user;
    if (error == EADDRINUSE && peer_port_holder(family, BRIDGE_PORT, &user)) {
        log_error("%s port %d is held by a program of user id %u; the bridge uses no other port",
                  address, BRIDGE_PORT, (unsigned)user);
    } else {
        log_error("cannot listen on %s port %d: %s", address, BRIDGE_PORT, strerror(error));
    }
}

/*
 * SO_REUSEADDR only lets a restarted bridge bind while old connections still linger; Linux lets
 * nobody share a port that somebody listens on without SO_REUSEPORT, which is never set.
 */
static int open_one(const struct sockaddr *address, socklen_t size, const char *name)
{
    static const int on = 1;
    int family = address->sa_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(fd, address, size) != 0 || listen(fd, BACKLOG) != 0) {
        log_failure(family, name, errno);
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

bool listener_open(int fds[LISTENER_COUNT])
{
    const struct sockaddr_in v4 = {.sin_family = AF_INET,
                                   .sin_port = htons(BRIDGE_PORT),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                                    .sin6_port = htons(BRIDGE_PORT),
                                    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int first = open_one((const struct sockaddr *)&v4, sizeof v4, "127.0.0.1");
    if (first < 0) {
        return false;
    }
    int second = open_one((const struct sockaddr *)&v6, sizeof v6, "[::1]");
    if (second < 0) {
        close(first);
        return false;
    }
    fds[0] = first;
    fds[1] = second;
    return true;
}
