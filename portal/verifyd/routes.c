#include "portal/verifyd/routes.h"

#include <string.h>

#define JSON_BODY_MAX ((size_t)64 * 1024)

static const struct verifyd_route routes[] = {
    {"GET", "/v1/health", NULL, 0, verifyd_health},
    {"GET", "/v1/metrics", NULL, 0, verifyd_metrics},
    {"POST", "/v1/nonces", "application/json", JSON_BODY_MAX, verifyd_nonces_issue},
    {"POST", "/v1/nonces/take", "application/json", JSON_BODY_MAX, verifyd_nonces_take},
    {"POST", "/v1/tokens", "application/json", JSON_BODY_MAX, verifyd_tokens},
};

const struct verifyd_route *verifyd_route_find(const char *method, const char *path,
                                               bool *known_path)
{
    *known_path = false;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(path, routes[i].path) == 0) {
            if (strcmp(method, routes[i].method) == 0) {
                return &routes[i];
            }
            *known_path = true;
        }
    }
    return NULL;
}

struct answer verifyd_health(struct service *service, const struct buffer *body)
{
    (void)service;
    (void)body;
    return answer_json(MHD_HTTP_OK,
                       json_pack("{s:s, s:s}", "status", "OK", "version", PIRADI_VERSION));
}

struct answer verifyd_metrics(struct service *service, const struct buffer *body)
{
    (void)body;
    struct buffer text;
    if (!metrics_print(&service->metrics, &text)) {
        buffer_free(&text);
        return answer_problem(STATUS_INTERNAL, NULL);
    }
    return answer_bytes("text/plain; version=0.0.4", &text);
}
