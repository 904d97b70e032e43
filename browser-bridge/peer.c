#include "browser-bridge/peer.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MAX (32 * 1024)
#define ALL_STATES 0xffffffffU

struct question {
    struct nlmsghdr header;
    struct inet_diag_req_v2 request;
};

/* Called for each socket in an answer; false ends the walk. */
typedef bool (*see_socket)(const struct inet_diag_msg *socket, void *context);

static int ask(const struct inet_diag_req_v2 *request, uint16_t flags)
{
    static const struct timeval limit = {.tv_sec = 1};
    struct question question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)},
        .request = *request,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        send(fd, &question, sizeof question, 0) != (ssize_t)sizeof question) {
        close(fd);
        return -1;
    }
    return fd;
}

/* True while more messages of the same answer are to come. */
static bool walk(struct nlmsghdr *header, size_t size, see_socket see, void *context)
{
    bool more = false;
    for (; NLMSG_OK(header, size); header = NLMSG_NEXT(header, size)) {
        if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            header->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)) ||
            !see(NLMSG_DATA(header), context)) {
            return false;
        }
        more = (header->nlmsg_flags & NLM_F_MULTI) != 0;
    }
    return more;
}

static void for_each_socket(const struct inet_diag_req_v2 *request, uint16_t flags, see_socket see,
                            void *context)
{
    union {
        struct nlmsghdr header;
        uint8_t bytes[ANSWER_MAX];
    } answer;
    int fd = ask(request, flags);
    if (fd < 0) {
        return;
    }
    bool more = true;
    while (more) {
        struct sockaddr_nl sender = {0};
        socklen_t sender_size = sizeof sender;
        ssize_t got =
            recvfrom(fd, &answer, sizeof answer, 0, (struct sockaddr *)&sender, &sender_size);
        more = got > 0 && sender.nl_pid == 0 && walk(&answer.header, (size_t)got, see, context);
    }
    close(fd);
}

static bool put_address(const struct sockaddr_storage *address, __be16 *port, __be32 bytes[4])
{
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        *port = v4->sin_port;
        bytes[0] = v4->sin_addr.s_addr;
        return true;
    }
    if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
        *port = v6->sin6_port;
        memcpy(bytes, &v6->sin6_addr, sizeof v6->sin6_addr);
        return true;
    }
    return false;
}

/* The other end's socket: its source is our peer, its destination is we. */
static bool put_peer(int fd, struct inet_diag_req_v2 *request)
{
    struct sockaddr_storage peer = {0};
    struct sockaddr_storage own = {0};
    socklen_t peer_size = sizeof peer;
    socklen_t own_size = sizeof own;
    struct inet_diag_sockid *id = &request->id;
    if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) != 0 ||
        getsockname(fd, (struct sockaddr *)&own, &own_size) != 0) {
        return false;
    }
    request->sdiag_family = (uint8_t)own.ss_family;
    return put_address(&peer, &id->idiag_sport, id->idiag_src) &&
           put_address(&own, &id->idiag_dport, id->idiag_dst);
}

static bool see_peer(const struct inet_diag_msg *socket, void *context)
{
    *(struct inet_diag_msg *)context = *socket;
    return false;
}

bool peer_user(int fd, uid_t *user)
{
    struct inet_diag_req_v2 request = {
        .sdiag_protocol = IPPROTO_TCP,
        .idiag_states = ALL_STATES,
        .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE},
    };
    struct inet_diag_msg found = {0};
    if (!put_peer(fd, &request)) {
        return false;
    }
    for_each_socket(&request, 0, see_peer, &found);
    /* A client that closed early shows inode 0 and uid 0. */
    if (found.idiag_state != TCP_ESTABLISHED || found.idiag_inode == 0 ||
        found.id.idiag_sport != request.id.idiag_sport ||
        found.id.idiag_dport != request.id.idiag_dport) {
        return false;
    }
    *user = found.idiag_uid;
    return true;
}

struct holder {
    __be16 port;
    bool found;
    bool listens;
    uid_t user;
};

static bool see_holder(const struct inet_diag_msg *socket, void *context)
{
    struct holder *holder = context;
    if (socket->id.idiag_sport != holder->port || socket->idiag_inode == 0 || holder->listens) {
        return true;
    }
    holder->found = true;
    holder->listens = socket->idiag_state == TCP_LISTEN;
    holder->user = socket->idiag_uid;
    return true;
}

bool peer_port_holder(int family, uint16_t port, uid_t *user)
{
    struct inet_diag_req_v2 request = {
        .sdiag_family = (uint8_t)family,
        .sdiag_protocol = IPPROTO_TCP,
        .idiag_states = ALL_STATES,
        .id.idiag_sport = htons(port),
    };
    struct holder holder = {.port = htons(port)};
    for_each_socket(&request, NLM_F_DUMP, see_holder, &holder);
    if (!holder.found) {
        return false;
    }
    *user = holder.user;
    return true;
}
