/* What piradi-verifyd serves (openapi.yaml), one handler each. */
#ifndef PIRADI_VERIFYD_ROUTES_H
#define PIRADI_VERIFYD_ROUTES_H

#include <stddef.h>

#include "base/buffer.h"
#include "portal/answer.h"
#include "portal/verifyd/service.h"

typedef struct answer verifyd_handler(struct service *service, const struct buffer *body);

struct verifyd_route {
    const char *method;
    const char *path;
    const char *type; /* of the body; NULL: there is none */
    size_t body_max;
    verifyd_handler *handler;
};

verifyd_handler verifyd_health;
verifyd_handler verifyd_metrics;
verifyd_handler verifyd_nonces_issue;
verifyd_handler verifyd_nonces_take;
verifyd_handler verifyd_tokens;

/* NULL if there is none. *known_path tells whether another method would have found one. */
const struct verifyd_route *verifyd_route_find(const char *method, const char *path,
                                               bool *known_path) MUST_USE;

#endif
