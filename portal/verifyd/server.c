#include "portal/verifyd/server.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "portal/head.h"
#include "portal/verifyd/routes.h"

#define IDLE_S 30
#define CONNECTION_MEMORY ((size_t)16 * 1024)

struct verifyd_server {
    struct MHD_Daemon *daemon;
};

/* A request on its way. */
struct visit {
    const struct verifyd_route *route;
    struct buffer body;
};

static enum MHD_Result finish(struct MHD_Connection *connection, struct answer answer)
{
    answer_header(&answer, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    answer_header(&answer, "X-Content-Type-Options", "nosniff");
    if (answer.response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_queue_response(connection, answer.http, answer.response);
    MHD_destroy_response(answer.response);
    return result;
}

static enum MHD_Result note_header(void *user, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    (void)kind;
    head_note(user, name, value);
    return MHD_YES;
}

static bool is_allowed(const struct head *head, const struct verifyd_route *route, bool known_path,
                       struct refusal *refusal)
{
    if (strcmp(head->version, MHD_HTTP_VERSION_1_1) != 0 || head->host.count != 1 ||
        head->transfer_encoding.count != 0 || head->content_length.count > 1) {
        *refusal = (struct refusal){MHD_HTTP_BAD_REQUEST, STATUS_BAD_REQUEST,
                                    "HTTP/1.1, one Host and one Content-Length are needed"};
        return false;
    }
    if (head->origin.count != 0 || head->sec_fetch_site.count != 0) {
        *refusal = (struct refusal){MHD_HTTP_FORBIDDEN, STATUS_ORIGIN_NOT_ALLOWED,
                                    "this service is for portals, not for pages"};
        return false;
    }
    if (route == NULL) {
        *refusal = (struct refusal){known_path ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND,
                                    STATUS_OPERATION_UNKNOWN, NULL};
        return false;
    }
    return head_body_is_allowed(head, route->type, route->body_max, refusal);
}

static enum MHD_Result on_head(struct MHD_Connection *connection, struct head *head, void **context)
{
    bool known_path;
    struct refusal refusal;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, note_header, head);
    const struct verifyd_route *route = verifyd_route_find(head->method, head->path, &known_path);
    if (!is_allowed(head, route, known_path, &refusal)) {
        return finish(connection, answer_refusal(refusal.http, refusal.status, refusal.detail));
    }
    struct visit *visit = calloc(1, sizeof *visit);
    if (visit == NULL) {
        return MHD_NO;
    }
    visit->route = route;
    buffer_init(&visit->body, route->body_max);
    *context = visit;
    return MHD_YES;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **context)
{
    struct service *service = user;
    struct visit *visit = *context;
    if (visit == NULL) {
        struct head head = {.method = method, .path = url, .version = version};
        return on_head(connection, &head, context);
    }
    if (*data_size > 0) {
        bool ok = put_bytes(&visit->body, data, *data_size);
        *data_size = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    return finish(connection, visit->route->handler(service, &visit->body));
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)user;
    (void)connection;
    (void)code;
    struct visit *visit = *context;
    if (visit != NULL) {
        buffer_free(&visit->body);
        free(visit);
        *context = NULL;
    }
}

static PRINTF_LIKE(2, 0) void log_mhd(void *user, const char *format, va_list arguments)
{
    char text[512];
    (void)user;
    vsnprintf(text, sizeof text, format, arguments);
    log_warning("http: %s", text);
}

static struct MHD_Daemon *start_daemon(struct service *service)
{
    const struct verifyd_config *config = service->config;
    unsigned flags =
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ERROR_LOG;
    if (config->address.ss_family == AF_INET6) {
        flags |= MHD_USE_IPv6;
    }
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, service,             /* */
                            MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL,             /* */
                            MHD_OPTION_SOCK_ADDR, (const void *)&config->address,  /* */
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,       /* */
                            MHD_OPTION_CONNECTION_LIMIT, config->connections,      /* */
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, /* */
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,       /* */
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

struct verifyd_server *verifyd_server_start(struct service *service)
{
    struct verifyd_server *server = calloc(1, sizeof *server);
    if (server == NULL || (server->daemon = start_daemon(service)) == NULL) {
        log_error("cannot listen");
        free(server);
        return NULL;
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    log_info("serving on port %u", info != NULL ? info->port : 0U);
    return server;
}

void verifyd_server_stop(struct verifyd_server **server)
{
    if (server != NULL && *server != NULL) {
        MHD_stop_daemon((*server)->daemon);
        free(*server);
        *server = NULL;
    }
}
