#include "agent/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/connection.h"
#include "agent/operation.h"
#include "agent/readers.h"
#include "base/log.h"

/* Nobody is served before the readers were looked at, unless pcscd keeps us waiting. */
#define FIRST_LOOK_MS 2000

struct server {
    uv_poll_t listener;
    uv_timer_t first_look;
    int handles_open;
    int fd;
    struct readers *readers;
    struct connection_services services;
    struct connection *connections[SERVER_CONNECTIONS_MAX]; /* NULL: a free place */
};

static void count_watchers(void *context)
{
    struct server *server = context;
    bool any = false;
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        any = any ||
              (server->connections[i] != NULL && connection_is_watching(server->connections[i]));
    }
    operations_expected(server->services.operations, any);
}

static void on_connection_over(void *context, struct connection *connection)
{
    struct server *server = context;
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        if (server->connections[i] == connection) {
            connection_close(&server->connections[i]);
        }
    }
    count_watchers(server);
}

static struct connection **free_place(struct server *server)
{
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        if (server->connections[i] == NULL) {
            return &server->connections[i];
        }
    }
    return NULL;
}

static bool is_our_user(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return false;
    }
    if (peer.uid != geteuid()) {
        log_warning("a process of uid %u is turned away", (unsigned)peer.uid);
        return false;
    }
    return true;
}

static void on_connection(uv_poll_t *listener, int status, int events)
{
    (void)events;
    struct server *server = listener->data;
    int fd = status == 0 ? accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;
    if (fd < 0) {
        return; /* it went away again */
    }
    struct connection **place = free_place(server);
    if (place == NULL || !is_our_user(fd)) {
        close(fd);
    } else {
        *place = connection_open(fd, &server->services);
    }
}

static void on_first_look(uv_timer_t *first_look)
{
    struct server *server = first_look->data;
    if (uv_poll_start(&server->listener, UV_READABLE, on_connection) != 0) {
        log_error("the socket cannot be listened at");
    }
}

static void on_readers_changed(void *context)
{
    struct server *server = context;
    if (uv_is_active((uv_handle_t *)&server->first_look)) {
        uv_timer_stop(&server->first_look);
        on_first_look(&server->first_look);
    }
    operations_readers_changed(server->services.operations);
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        if (server->connections[i] != NULL) {
            connection_readers_changed(server->connections[i]);
        }
    }
}

struct server *server_start(uv_loop_t *loop, int listen_fd)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        close(listen_fd);
        return NULL;
    }
    server->fd = listen_fd;
    server->listener.data = server;
    server->first_look.data = server;
    server->handles_open = 2;
    server->readers = readers_watch(loop, on_readers_changed, server);
    if (server->readers != NULL) {
        server->services = (struct connection_services){
            .loop = loop,
            .readers = server->readers,
            .operations = operations_new(loop, server->readers),
            .watches = count_watchers,
            .over = on_connection_over,
            .context = server,
        };
    }
    if (server->services.operations == NULL ||
        uv_poll_init(loop, &server->listener, listen_fd) != 0 ||
        uv_timer_init(loop, &server->first_look) != 0 ||
        uv_timer_start(&server->first_look, on_first_look, FIRST_LOOK_MS, 0) != 0) {
        log_error("memory or descriptors are out");
        return NULL; /* at start: the process ends */
    }
    return server;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct server *server = handle->data;
    if (--server->handles_open == 0) {
        close(server->fd);
        free(server);
    }
}

void server_end(struct server *server)
{
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        connection_close(&server->connections[i]);
    }
    operations_end(server->services.operations);
    readers_end(server->readers);
    uv_close((uv_handle_t *)&server->listener, on_handle_closed);
    uv_close((uv_handle_t *)&server->first_look, on_handle_closed);
}
