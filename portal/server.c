#include "portal/server.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "portal/gate.h"
#include "portal/policy.h"
#include "portal/route.h"

#define CONNECTIONS_MAX 512
#define CONNECTIONS_OF_ADDRESS_MAX 64
#define CONNECTION_MEMORY ((size_t)32 * 1024)
#define IDLE_S 30
#define KEY_FILE_MAX 65536

struct server {
    struct portal *portal;
    struct MHD_Daemon *daemon;
};

/* Sends the answer and lets go of it. */
static enum MHD_Result finish(struct MHD_Connection *connection, struct answer answer)
{
    policy_apply(&answer);
    if (answer.response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_queue_response(connection, answer.http, answer.response);
    MHD_destroy_response(answer.response);
    return result;
}

static struct answer serve_page(const struct request *request)
{
    const struct page *page = request->page;
    const char *known = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_IF_NONE_MATCH);
    struct answer answer = known != NULL && strcmp(known, page->etag) == 0
                               ? answer_empty(MHD_HTTP_NOT_MODIFIED)
                               : answer_lent(page->type, page->bytes, page->size);
    answer_header(&answer, MHD_HTTP_HEADER_ETAG, page->etag);
    answer_header(&answer, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
    return answer;
}

static enum MHD_Result on_head(const struct portal *portal, struct head *head,
                               struct MHD_Connection *connection, void **context)
{
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return MHD_NO;
    }
    *context = request;
    request->connection = connection;
    request->now = (int64_t)time(NULL);
    struct answer answer;
    return gate_pass(portal, head, request, &answer) ? MHD_YES : finish(connection, answer);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_size, void **context)
{
    struct portal *portal = user;
    struct request *request = *context;
    if (request == NULL) {
        struct head head = {.method = method, .path = url, .version = version};
        return on_head(portal, &head, connection, context);
    }
    if (*data_size > 0) {
        bool ok = put_bytes(&request->body, data, *data_size);
        *data_size = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    return finish(connection, request->page != NULL ? serve_page(request)
                                                    : request->route->handler(portal, request));
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)user;
    (void)connection;
    (void)code;
    struct request *request = *context;
    if (request != NULL) {
        buffer_free(&request->body);
        OPENSSL_cleanse(&request->session, sizeof request->session);
        free(request);
        *context = NULL;
    }
}

/* Paths are compared as they were sent: no route or page has a % in it. */
static size_t keep_escapes(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user;
    (void)connection;
    return strlen(text);
}

static PRINTF_LIKE(2, 0) void log_mhd(void *user, const char *format, va_list arguments)
{
    char text[512];
    (void)user;
    vsnprintf(text, sizeof text, format, arguments);
    log_warning("http: %s", text);
}

/* The file as text for free(); NULL, logged. A key that others can read is refused. */
static char *read_pem(const char *path, bool is_key)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    struct stat found;
    if (file == NULL || fstat(fd, &found) != 0) {
        log_error("%s: %s", path, strerror(errno));
        if (file != NULL) {
            fclose(file);
        }
        return NULL;
    }
    char *text = NULL;
    if (found.st_size > KEY_FILE_MAX || (is_key && (found.st_mode & 007) != 0)) {
        log_error("%s: too large, or a key that others can read: refused", path);
    } else if ((text = calloc(1, (size_t)found.st_size + 1)) != NULL &&
               fread(text, 1, (size_t)found.st_size, file) != (size_t)found.st_size) {
        log_error("%s: cannot be read", path);
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static struct MHD_Daemon *start_daemon(struct server *server, const char *certificate,
                                       const char *key)
{
    const struct config *config = server->portal->config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_USE_ERROR_LOG;
    if (config->address.ss_family == AF_INET6) {
        flags |= MHD_USE_IPv6;
    }
    const struct sockaddr *address = (const struct sockaddr *)&config->address;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server->portal, /* */
        MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL, /* first, so that it tells of the others */
        MHD_OPTION_SOCK_ADDR, address,             /* */
        MHD_OPTION_HTTPS_MEM_CERT, certificate,    /* */
        MHD_OPTION_HTTPS_MEM_KEY, key,             /* */
        MHD_OPTION_HTTPS_PRIORITIES, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", /* */
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,                           /* */
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,                          /* */
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,                    /* */
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_OF_ADDRESS_MAX,  /* */
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,                     /* */
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,                           /* */
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

struct server *server_start(struct portal *portal)
{
    struct server *server = calloc(1, sizeof *server);
    char *certificate = read_pem(portal->config->certificate, false);
    char *key = read_pem(portal->config->key, true);
    if (server != NULL && certificate != NULL && key != NULL) {
        server->portal = portal;
        server->daemon = start_daemon(server, certificate, key);
    }
    if (key != NULL) {
        OPENSSL_cleanse(key, strlen(key)); /* GnuTLS has its own by now */
    }
    free(key);
    free(certificate);
    if (server == NULL || server->daemon == NULL) {
        log_error("cannot serve %s", portal->config->origin);
        free(server);
        return NULL;
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    log_info("serving %s on port %u", portal->config->origin, info != NULL ? info->port : 0U);
    return server;
}

void server_stop(struct server **server)
{
    if (server != NULL && *server != NULL) {
        MHD_stop_daemon((*server)->daemon);
        free(*server);
        *server = NULL;
    }
}
