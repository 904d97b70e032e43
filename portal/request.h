/* One request on its way: what is known of it, and its body as it comes in. */
#ifndef PIRADI_PORTAL_REQUEST_H
#define PIRADI_PORTAL_REQUEST_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "portal/answer.h"
#include "portal/portal.h"
#include "portal/session.h"

#define SESSION_COOKIE "__Host-piradi-session" /* the prefix: RFC 6265bis, section 4.1.3.2 */
#define ROUTE_ARGUMENT_SIZE 64
#define ROUTE_ARGUMENTS_MAX 2

struct route;

struct request {
    struct MHD_Connection *connection;
    const struct route *route; /* NULL: a page */
    const struct page *page;
    char arguments[ROUTE_ARGUMENTS_MAX][ROUTE_ARGUMENT_SIZE]; /* what stands for * in the route */
    int64_t now;
    bool has_session;
    struct session session; /* of the cookie, if has_session */
    struct buffer body;
};

/* The body as a JSON object; NULL unless it is strict, without duplicate keys. */
json_t *request_json(const struct request *request) MUST_USE;

/* Gives the answer a session's cookie, or with NULL takes it away. */
void request_set_cookie(struct answer *answer, const char *cookie);

#endif
