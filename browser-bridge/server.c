#include "browser-bridge/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "browser-bridge/connection.h"
#include "browser-bridge/exchange.h"
#include "browser-bridge/reply.h"
#include "browser-bridge/request.h"

/* Of each connection, for its headers, a piece of its body and of its answer. libmicrohttpd clears
 * all of it after each request: at four times this size that cost a quarter of the time. */
#define HTTP_MEMORY (16 * 1024)
#define ACCEPTS_IN_A_ROW 32
/* A body, or an answer, may take this long beside its size at this rate. */
#define TRANSFER_GRACE_MS (10 * 1000)
#define TRANSFER_BYTES_PER_MS 16

struct server {
    struct bridge *bridge;
    struct MHD_Daemon *http;
    struct connections connections;
    struct connection *adding; /* while libmicrohttpd takes it over */
    int listeners[LISTENER_COUNT];
    uv_poll_t listener_polls[LISTENER_COUNT];
    uv_poll_t http_poll;
    uv_timer_t http_again;
};

static const struct endpoint *const endpoints[ROUTE_COUNT] = {
    [ROUTE_AUTHENTICATE] = &authenticate_endpoint,
    [ROUTE_CANCEL] = &cancel_endpoint,
    [ROUTE_CERTIFICATE] = &certificate_endpoint,
    [ROUTE_DOCUMENTS] = &documents_endpoint,
    [ROUTE_EVENTS] = &events_endpoint,
    [ROUTE_OPERATIONS_AUTHENTICATE] = &operations_authenticate_endpoint,
    [ROUTE_OPERATIONS_CERTIFICATE] = &operations_certificate_endpoint,
    [ROUTE_OPERATIONS_SIGN_HASH] = &operations_sign_hash_endpoint,
    [ROUTE_OPERATIONS_SIGN] = &operations_sign_endpoint,
    [ROUTE_POPUP] = &popup_endpoint,
    [ROUTE_POPUP_SCRIPT] = &popup_script_endpoint,
    [ROUTE_POPUP_STYLE] = &popup_style_endpoint,
    [ROUTE_RESULT] = &result_endpoint,
    [ROUTE_SIGN_HASH] = &sign_hash_endpoint,
    [ROUTE_SIGN] = &sign_endpoint,
    [ROUTE_STATUS] = &status_endpoint,
};

static uint64_t transfer_ms(uint64_t size)
{
    return TRANSFER_GRACE_MS + size / TRANSFER_BYTES_PER_MS;
}

/* The request, as libmicrohttpd tells it */

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct request *request = context;
    (void)kind;
    if (request->header_count < REQUEST_HEADERS_MAX) {
        request->headers[request->header_count] =
            (struct request_header){.name = name, .value = value != NULL ? value : ""};
    }
    request->header_count++;
    return MHD_YES;
}

static struct decision decide(const struct exchange *exchange, struct MHD_Connection *http,
                              const char *method, const char *version)
{
    struct request request = {.method = method, .target = exchange->target, .version = version};
    const union MHD_ConnectionInfo *size =
        MHD_get_connection_info(http, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    request.header_bytes = size != NULL ? size->header_size : SIZE_MAX;
    MHD_get_connection_values(http, MHD_HEADER_KIND, add_header, &request);
    return request_decide(&request, exchange->bridge->portals);
}

static void refuse(struct exchange *exchange, const struct decision *decision)
{
    reply_problem(exchange, &(struct problem){
                                .status = decision->status,
                                .http = decision->http,
                                .detail = decision->detail,
                                .allow = decision->route != NULL ? decision->route->method : NULL,
                            });
}

/* The headers are there. */
static void begin(struct exchange *exchange, struct MHD_Connection *http, const char *method,
                  const char *version)
{
    struct decision decision = decide(exchange, http, method, version);
    exchange->caller = decision.caller;
    exchange->portal = decision.portal;
    if (decision.verdict == VERDICT_REFUSE) {
        refuse(exchange, &decision);
    } else if (decision.verdict == VERDICT_PREFLIGHT) {
        reply_preflight(exchange, decision.route);
    } else if (decision.body_size > 0 && !connection_is_ours(exchange->connection)) {
        exchange->gone = true;
    } else if (decision.signature != NULL &&
               (exchange->signature = signed_request_new(decision.signature)) == NULL) {
        reply_internal(exchange, "no memory for a signature");
    } else {
        exchange->body_size = decision.body_size;
        exchange->body_began = uv_now(exchange->bridge->loop);
        exchange->endpoint = endpoints[decision.route_id];
        connection_set_deadline(exchange->connection, transfer_ms(0));
        if (exchange->endpoint->begin != NULL) {
            exchange->endpoint->begin(exchange);
        }
    }
}

/* The deadline moves with what has come, so that a trickle is cut off and a large upload is not. */
static void extend_deadline(struct exchange *exchange)
{
    uint64_t spent = uv_now(exchange->bridge->loop) - exchange->body_began;
    uint64_t allowed = transfer_ms(exchange->body_received);
    connection_set_deadline(exchange->connection, allowed > spent ? allowed - spent : 1);
}

static void take_piece(struct exchange *exchange, const uint8_t *bytes, size_t size)
{
    exchange->body_received += size;
    extend_deadline(exchange);
    if (exchange->response != NULL || exchange->endpoint == NULL) {
        return; /* answered already: the rest is only read away */
    }
    if (exchange->body_received > exchange->body_size) {
        reply_internal(exchange, "a body longer than its Content-Length");
    } else if (exchange->signature != NULL &&
               !signed_request_update(exchange->signature, bytes, size)) {
        reply_internal(exchange, "a body could not be digested");
    } else if (exchange->endpoint->piece != NULL) {
        exchange->endpoint->piece(exchange, bytes, size);
    } else if (!put_bytes(&exchange->body, bytes, size)) {
        reply_internal(exchange, "no memory for a body");
    }
}

/* Answers, and returns false, when a signature was due and is not right. */
static bool verify_signature(struct exchange *exchange)
{
    const char *reason;
    if (exchange->signature == NULL) {
        return true;
    }
    exchange->verified =
        signed_request_verify(exchange->signature, exchange->portal, MHD_HTTP_METHOD_POST,
                              exchange->target, exchange->bridge->nonces, time(NULL), &reason);
    if (!exchange->verified) {
        reply_problem(exchange, &(struct problem){.status = STATUS_REQUEST_SIGNATURE_INVALID,
                                                  .detail = reason});
    }
    return exchange->verified;
}

static void complete(struct exchange *exchange)
{
    if (exchange->response != NULL || exchange->endpoint == NULL) {
        return;
    }
    /* Once more before the effect: the program that connected may have handed its socket on. */
    if (exchange->body_size > 0 && !connection_is_ours(exchange->connection)) {
        exchange->gone = true;
    } else if (verify_signature(exchange)) {
        exchange->endpoint->complete(exchange);
    }
}

static enum MHD_Result send_answer(struct exchange *exchange, struct MHD_Connection *http)
{
    connection_set_deadline(exchange->connection, transfer_ms(exchange->answer_size));
    return MHD_queue_response(http, (unsigned)exchange->http, exchange->response);
}

/* Sends the answer, or waits for it. */
static enum MHD_Result settle(struct exchange *exchange, struct MHD_Connection *http)
{
    if (exchange->gone) {
        return MHD_NO;
    }
    if (exchange->response != NULL && exchange->progress != EXCHANGE_BODY) {
        return send_answer(exchange, http);
    }
    if (exchange->progress == EXCHANGE_WHOLE) {
        return connection_suspend(exchange->connection, http) ? MHD_YES : MHD_NO;
    }
    return MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *http, const char *url,
                              const char *method, const char *version, const char *bytes,
                              size_t *size, void **exchange_slot)
{
    struct exchange *exchange = *exchange_slot;
    (void)context;
    (void)url;
    if (exchange == NULL) {
        return MHD_NO;
    }
    if (exchange->progress == EXCHANGE_HEADERS) {
        exchange->http_connection = http;
        begin(exchange, http, method, version);
        enum MHD_Result result = settle(exchange, http);
        exchange->progress = EXCHANGE_BODY;
        return result;
    }
    if (*size > 0) {
        take_piece(exchange, (const uint8_t *)bytes, *size);
        *size = 0;
        exchange->gone |= exchange->body_received < exchange->body_size &&
                          connection_is_over(exchange->connection);
    } else if (exchange->progress == EXCHANGE_BODY) {
        exchange->progress = EXCHANGE_WHOLE;
        complete(exchange);
    }
    return settle(exchange, http);
}

/* A request's line is there: its exchange begins. */
static void *on_request_line(void *context, const char *target, struct MHD_Connection *http)
{
    struct server *server = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct connection *connection = info->socket_context;
    struct exchange *exchange = exchange_new(server->bridge, connection, target);
    connection_set_exchange(connection, exchange);
    return exchange;
}

static void on_completed(void *context, struct MHD_Connection *http, void **exchange_slot,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *exchange_slot;
    (void)context;
    (void)http;
    (void)code;
    if (exchange != NULL) {
        connection_set_exchange(exchange->connection, NULL);
        connection_set_deadline(exchange->connection, CONNECTION_HEADERS_MS);
        exchange_free(&exchange);
    }
    *exchange_slot = NULL;
}

static void on_connection(void *context, struct MHD_Connection *http, void **connection_slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    (void)http;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *connection_slot = server->adding;
        server->adding = NULL;
    } else if (*connection_slot != NULL) {
        connection_closed(*connection_slot);
        *connection_slot = NULL;
    }
}

/* Escapes stay as they are: no path of ours has one, and request.c refuses them. */
static size_t keep_escapes(void *context, struct MHD_Connection *http, char *text)
{
    (void)context;
    (void)http;
    return strlen(text);
}

/* The loop */

static void on_again(uv_timer_t *timer);

static void run_http(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    MHD_run(server->http);
    if (MHD_get_timeout(server->http, &wait_ms) == MHD_YES) {
        uv_timer_start(&server->http_again, on_again, wait_ms, 0);
    } else {
        uv_timer_stop(&server->http_again);
    }
}

static void on_again(uv_timer_t *timer)
{
    run_http(timer->data);
}

static void on_http(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run_http(poll->data);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
    struct server *server = poll->data;
    uv_os_fd_t listener;
    (void)status;
    (void)events;
    if (uv_fileno((uv_handle_t *)poll, &listener) != 0) {
        return;
    }
    for (int i = 0; i < ACCEPTS_IN_A_ROW; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            connection_accept(&server->connections, fd);
        } else if ((errno != EMFILE && errno != ENFILE) ||
                   !connections_drop_oldest_waiting(&server->connections)) {
            return;
        }
    }
}

static bool on_ready(void *context, struct connection *connection)
{
    struct server *server = context;
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    int fd = connection_fd(connection);
    if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0) {
        return false;
    }
    server->adding = connection;
    bool added = MHD_add_connection(server->http, fd, (struct sockaddr *)&peer, size) == MHD_YES;
    server->adding = NULL;
    return added;
}

static void on_gone(void *context, struct connection *connection)
{
    struct exchange *exchange = connection_exchange(connection);
    (void)context;
    if (exchange != NULL) {
        exchange->gone = true;
        exchange_release(exchange);
    }
}

/* A daemon without a listening socket does not hear its own wake-up call. */
static void on_resumed(void *context)
{
    struct server *server = context;
    uv_timer_start(&server->http_again, on_again, 0, 0);
}

static const struct connections_handlers connection_handlers = {
    .ready = on_ready,
    .gone = on_gone,
    .resumed = on_resumed,
};

static bool start_http(struct server *server)
{
    server->http = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle,
        server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, on_request_line, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
    return server->http != NULL;
}

static bool watch_http(struct server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
    server->http_poll.data = server;
    server->http_again.data = server;
    return info != NULL && uv_timer_init(server->bridge->loop, &server->http_again) == 0 &&
           uv_poll_init(server->bridge->loop, &server->http_poll, info->epoll_fd) == 0 &&
           uv_poll_start(&server->http_poll, UV_READABLE, on_http) == 0;
}

static bool watch_listeners(struct server *server)
{
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        uv_poll_t *poll = &server->listener_polls[i];
        poll->data = server;
        if (uv_poll_init(server->bridge->loop, poll, server->listeners[i]) != 0 ||
            uv_poll_start(poll, UV_READABLE, on_listener) != 0) {
            return false;
        }
    }
    return true;
}

struct server *server_start(struct bridge *bridge, const int listeners[LISTENER_COUNT])
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return NULL;
    }
    server->bridge = bridge;
    memcpy(server->listeners, listeners, sizeof server->listeners);
    if (!connections_init(&server->connections, bridge->loop, &connection_handlers, server) ||
        !start_http(server) || !watch_http(server) || !watch_listeners(server)) {
        log_error("cannot start the HTTP server");
        return NULL;
    }
    return server;
}

void server_stop(struct server *server)
{
    for (size_t i = 0; i < LISTENER_COUNT; i++) {
        uv_close((uv_handle_t *)&server->listener_polls[i], NULL);
        close(server->listeners[i]);
    }
    uv_close((uv_handle_t *)&server->http_poll, NULL);
    connections_stop(&server->connections);
    uv_close((uv_handle_t *)&server->http_again, NULL);
    MHD_stop_daemon(server->http);
}

void server_free(struct server **server)
{
    free(*server);
    *server = NULL;
}
