#include "browser-bridge/connection.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "browser-bridge/patience.h"
#include "browser-bridge/peer.h"

#define SWEEP_MS 1000

enum phase { PHASE_WAITING, PHASE_SERVING, PHASE_SUSPENDED, PHASE_CLOSED };

struct connection {
    struct connections *all;
    struct connection *newer;
    struct connection *older;
    uv_poll_t poll;
    int fd;
    enum phase phase;
    uint64_t deadline; /* of uv_now; 0: none */
    struct MHD_Connection *http;
    void *exchange;
};

static void link_newest(struct connection *connection)
{
    struct connections *all = connection->all;
    connection->older = all->newest;
    if (all->newest != NULL) {
        all->newest->newer = connection;
    } else {
        all->oldest = connection;
    }
    all->newest = connection;
    all->count++;
}

static void unlink_from_all(struct connection *connection)
{
    struct connections *all = connection->all;
    *(connection->newer != NULL ? &connection->newer->older : &all->newest) = connection->older;
    *(connection->older != NULL ? &connection->older->newer : &all->oldest) = connection->newer;
    all->count--;
}

static void free_connection(uv_handle_t *handle)
{
    free(handle->data);
}

/* Unlinks and frees; the descriptor is the caller's to close after this. */
static void forget(struct connection *connection)
{
    if (connection->phase == PHASE_WAITING) {
        connection->all->waiting_count--;
    }
    connection->phase = PHASE_CLOSED;
    unlink_from_all(connection);
    uv_close((uv_handle_t *)&connection->poll, free_connection);
}

static void drop(struct connection *connection)
{
    int fd = connection->fd;
    forget(connection);
    close(fd);
}

static void expire(struct connection *connection)
{
    if (connection->phase == PHASE_WAITING) {
        drop(connection);
    } else {
        connection->deadline = 0;
        shutdown(connection->fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes */
    }
}

static void sweep(uv_timer_t *timer)
{
    struct connections *all = timer->data;
    uint64_t now = uv_now(all->loop);
    struct connection *older;
    for (struct connection *connection = all->newest; connection != NULL; connection = older) {
        older = connection->older;
        if (connection->deadline != 0 && connection->deadline <= now) {
            expire(connection);
        }
    }
    if (all->count == 0) {
        uv_timer_stop(timer);
    }
}

static void on_first_byte(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;
    struct connections *all = connection->all;
    if (status < 0 || (events & UV_READABLE) == 0) {
        drop(connection);
        return;
    }
    uv_poll_stop(poll);
    connection->phase = PHASE_SERVING;
    all->waiting_count--;
    connection_set_deadline(connection, CONNECTION_HEADERS_MS);
    if (!all->handlers->ready(all->context, connection)) {
        drop(connection);
    }
}

bool connections_init(struct connections *connections, uv_loop_t *loop,
                      const struct connections_handlers *handlers, void *context)
{
    *connections = (struct connections){.loop = loop, .handlers = handlers, .context = context};
    connections->sweep.data = connections;
    return uv_timer_init(loop, &connections->sweep) == 0;
}

void connections_stop(struct connections *connections)
{
    struct connection *older;
    uv_close((uv_handle_t *)&connections->sweep, NULL);
    for (struct connection *connection = connections->newest; connection != NULL;
         connection = older) {
        older = connection->older;
        if (connection->phase == PHASE_WAITING) {
            drop(connection);
        } else if (connection->phase == PHASE_SUSPENDED) {
            connections->handlers->gone(connections->context, connection);
            connection_resume(connection);
        }
    }
}

bool connections_drop_oldest_waiting(struct connections *connections)
{
    for (struct connection *connection = connections->oldest; connection != NULL;
         connection = connection->newer) {
        if (connection->phase == PHASE_WAITING) {
            drop(connection);
            return true;
        }
    }
    return false;
}

static struct connection *new_connection(struct connections *connections, int fd)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL || uv_poll_init(connections->loop, &connection->poll, fd) != 0) {
        free(connection);
        return NULL;
    }
    connection->all = connections;
    connection->fd = fd;
    connection->poll.data = connection;
    return connection;
}

static bool has_room(struct connections *connections)
{
    return (connections->count < CONNECTIONS_MAX &&
            connections->waiting_count < CONNECTIONS_WAITING_MAX) ||
           connections_drop_oldest_waiting(connections);
}

/* One that has gone already, as when a program only looks whether the port answers, is no news. */
static bool is_ours(int fd)
{
    uid_t user;
    if (!peer_user(fd, &user)) {
        return false;
    }
    if (user != geteuid()) {
        log_warning("a connection of user id %u was closed: it is not this user's", user);
        return false;
    }
    return true;
}

void connection_accept(struct connections *connections, int fd)
{
    if (!is_ours(fd)) {
        close(fd);
        return;
    }
    struct connection *connection = has_room(connections) ? new_connection(connections, fd) : NULL;
    if (connection == NULL) {
        close(fd);
        return;
    }
    link_newest(connection);
    connections->waiting_count++;
    connection_set_deadline(connection, CONNECTION_FIRST_BYTE_MS);
    if (!uv_is_active((uv_handle_t *)&connections->sweep)) {
        uv_timer_start(&connections->sweep, sweep, patience(SWEEP_MS), patience(SWEEP_MS));
    }
    if (uv_poll_start(&connection->poll, UV_READABLE, on_first_byte) != 0) {
        drop(connection);
    }
}

int connection_fd(const struct connection *connection)
{
    return connection->fd;
}

bool connection_is_ours(const struct connection *connection)
{
    return is_ours(connection->fd);
}

bool connection_is_over(const struct connection *connection)
{
    char byte;
    return recv(connection->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void connection_set_deadline(struct connection *connection, uint64_t milliseconds)
{
    connection->deadline =
        milliseconds == 0 ? 0 : uv_now(connection->all->loop) + patience(milliseconds);
}

void connection_set_exchange(struct connection *connection, void *exchange)
{
    connection->exchange = exchange;
}

void *connection_exchange(const struct connection *connection)
{
    return connection->exchange;
}

static void on_hang_up(uv_poll_t *poll, int status, int events)
{
    struct connection *connection = poll->data;
    if (status < 0 || (events & UV_DISCONNECT) != 0) {
        connection->all->handlers->gone(connection->all->context, connection);
        connection_resume(connection);
    }
}

bool connection_suspend(struct connection *connection, struct MHD_Connection *http)
{
    if (uv_poll_start(&connection->poll, UV_DISCONNECT, on_hang_up) != 0) {
        return false;
    }
    connection->phase = PHASE_SUSPENDED;
    connection->http = http;
    connection->deadline = 0;
    MHD_suspend_connection(http);
    return true;
}

void connection_resume(struct connection *connection)
{
    if (connection->phase == PHASE_SUSPENDED) {
        uv_poll_stop(&connection->poll);
        connection->phase = PHASE_SERVING;
        MHD_resume_connection(connection->http);
        connection->all->handlers->resumed(connection->all->context);
    }
}

void connection_closed(struct connection *connection)
{
    forget(connection);
}
