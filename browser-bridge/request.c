#include "browser-bridge/request.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* What a stranger and a guesser are told: the same bytes, so that neither learns what exists. */
static const char nothing_here[] = "There is nothing at this address for this origin.";

static const struct route routes[ROUTE_COUNT] = {
    [ROUTE_AUTHENTICATE] = {"/v1/authenticate", "POST", "application/json", REQUEST_JSON_MAX,
                            PORTAL_MAY_AUTHENTICATE},
    [ROUTE_DOCUMENTS] = {"/v1/documents", "POST", "application/pdf", REQUEST_DOCUMENT_MAX,
                         PORTAL_MAY_SIGN},
    [ROUTE_EVENTS] = {"/v1/events", "GET", NULL, 0, 0},
    [ROUTE_SIGN] = {"/v1/sign", "POST", "application/json", REQUEST_JSON_MAX, PORTAL_MAY_SIGN},
    [ROUTE_STATUS] = {"/v1/status", "GET", NULL, 0, 0},
};

static bool refuse(struct decision *decision, int http, enum status status, const char *detail)
{
    decision->verdict = VERDICT_REFUSE;
    decision->http = http;
    decision->status = status;
    decision->detail = detail;
    return false;
}

static bool refuse_stranger(struct decision *decision)
{
    return refuse(decision, status_http(STATUS_ORIGIN_NOT_ALLOWED), STATUS_ORIGIN_NOT_ALLOWED,
                  nothing_here);
}

static size_t count_of(const struct request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        count += strcasecmp(request->headers[i].name, name) == 0;
    }
    return count;
}

/* The value of a header that came exactly once; else NULL. */
static const char *only(const struct request *request, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            if (value != NULL) {
                return NULL;
            }
            value = request->headers[i].value;
        }
    }
    return value;
}

static bool only_is(const struct request *request, const char *name, const char *wanted)
{
    const char *value = only(request, name);
    return value != NULL && strcmp(value, wanted) == 0;
}

/*
 * Whether the head is, to the byte, `METHOD TARGET VERSION` and lines of `Name: value`, as every
 * browser writes it. libmicrohttpd takes more: a NUL that cuts off the rest of a value, folded
 * lines, bare line feeds, other white space. An empty value may go without the space.
 */
static bool is_plainly_written(const struct request *request)
{
    static const size_t line_end = 2;
    size_t slack = 0;
    size_t size = strlen(request->method) + 1 + strlen(request->target) + 1 +
                  strlen(request->version) + line_end + line_end;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct request_header *header = &request->headers[i];
        size += strlen(header->name) + strlen(":") + line_end;
        size += header->value[0] != '\0' ? strlen(" ") + strlen(header->value) : 0;
        slack += header->value[0] == '\0';
    }
    return request->header_bytes >= size && request->header_bytes <= size + slack;
}

/* What no browser sends, and what different readers could read differently. */
static bool check_shape(const struct request *request, struct decision *decision)
{
    if (request->header_count > REQUEST_HEADERS_MAX ||
        request->header_bytes > REQUEST_HEADER_BYTES_MAX) {
        return refuse(decision, 400, STATUS_BAD_REQUEST, "The headers are too many or too long.");
    }
    if (!is_plainly_written(request)) {
        return refuse(decision, 400, STATUS_BAD_REQUEST, "The headers are not plainly written.");
    }
    if (strcmp(request->version, "HTTP/1.1") != 0) {
        return refuse(decision, 400, STATUS_BAD_REQUEST, "Only HTTP/1.1 is spoken here.");
    }
    if (request->target[0] != '/' || strpbrk(request->target, "%#\\") != NULL) {
        return refuse(decision, 400, STATUS_BAD_REQUEST,
                      "The request target must be a plain path without escapes.");
    }
    if (count_of(request, "Transfer-Encoding") != 0 || count_of(request, "Content-Length") > 1) {
        return refuse(decision, 400, STATUS_BAD_REQUEST,
                      "A body's size is told by one Content-Length and nothing else.");
    }
    return true;
}

/* Rebinding makes a foreign name resolve to us; only the Host header then tells (rule B2). */
static bool check_host(const struct request *request, struct decision *decision)
{
    if (count_of(request, "Host") != 1) {
        return refuse(decision, 400, STATUS_BAD_REQUEST, "There must be exactly one Host header.");
    }
    if (!only_is(request, "Host", "127.0.0.1:27310") && !only_is(request, "Host", "[::1]:27310")) {
        return refuse(decision, 421, STATUS_BAD_REQUEST,
                      "Host must be 127.0.0.1:27310 or [::1]:27310.");
    }
    return true;
}

/*
 * A page's script reaches us only as a CORS request from another site (W3C Fetch Metadata); a
 * navigation, an image, a form or a frame says otherwise about itself. Rule B8.
 */
static bool is_from_script(const struct request *request)
{
    return (only_is(request, "Sec-Fetch-Site", "cross-site") ||
            only_is(request, "Sec-Fetch-Site", "same-site")) &&
           only_is(request, "Sec-Fetch-Mode", "cors") &&
           only_is(request, "Sec-Fetch-Dest", "empty");
}

static bool check_origin(const struct request *request, const struct portals *portals,
                         struct decision *decision)
{
    const char *origin = only(request, "Origin");
    const struct portal *portal = origin != NULL ? portals_find(portals, origin) : NULL;
    if (portal == NULL || !is_from_script(request)) {
        return refuse_stranger(decision);
    }
    decision->portal = portal;
    return true;
}

static bool find_route(const struct request *request, struct decision *decision)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if (strcmp(routes[i].path, request->target) == 0) {
            decision->route = &routes[i];
            decision->route_id = (enum route_id)i;
            return true;
        }
    }
    return refuse_stranger(decision);
}

/* CORS preflight (Fetch standard, section 3.3): yes only to what the route takes. */
static bool check_preflight(const struct request *request, struct decision *decision)
{
    const struct route *route = decision->route;
    size_t header_lists = count_of(request, "Access-Control-Request-Headers");
    bool headers_fit =
        header_lists == 0 || (route->content_type != NULL &&
                              only_is(request, "Access-Control-Request-Headers", "content-type"));
    if (!only_is(request, "Access-Control-Request-Method", route->method) || !headers_fit) {
        return refuse_stranger(decision);
    }
    decision->verdict = VERDICT_PREFLIGHT;
    return true;
}

/* Decimal digits alone; false when there is something else, or more than fits. */
static bool parse_size(const char *text, uint64_t *size)
{
    uint64_t sum = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || sum > (UINT64_MAX - 9) / 10) {
            return false;
        }
        sum = sum * 10 + (uint64_t)(*text - '0');
    }
    *size = sum;
    return true;
}

static bool check_body(const struct request *request, struct decision *decision)
{
    const struct route *route = decision->route;
    const char *length = only(request, "Content-Length");
    uint64_t size = 0;
    if (length != NULL && !parse_size(length, &size)) {
        return refuse(decision, 400, STATUS_BAD_REQUEST, "Content-Length must be a number.");
    }
    if (route->content_type == NULL) {
        return size == 0 || refuse(decision, 400, STATUS_BAD_REQUEST, "A GET carries no body.");
    }
    if (!only_is(request, "Content-Type", route->content_type)) {
        return refuse(decision, 415, STATUS_BAD_REQUEST,
                      "Content-Type must be exactly the one that this route takes.");
    }
    if (size == 0) {
        return refuse(decision, 400, STATUS_BAD_REQUEST, "A body and its Content-Length are due.");
    }
    if (size > route->body_max) {
        enum status status =
            decision->route_id == ROUTE_DOCUMENTS ? STATUS_DOCUMENT_TOO_LARGE : STATUS_BAD_REQUEST;
        return refuse(decision, 413, status, "The body is larger than this route takes.");
    }
    decision->body_size = size;
    return true;
}

static bool check_call(const struct request *request, struct decision *decision)
{
    const struct route *route = decision->route;
    if (strcmp(request->method, route->method) != 0) {
        return refuse(decision, 405, STATUS_BAD_REQUEST, "This route does not take this method.");
    }
    if (!check_body(request, decision)) {
        return false;
    }
    if ((route->permission & ~decision->portal->may) != 0) {
        return refuse(decision, status_http(STATUS_POLICY_REFUSED), STATUS_POLICY_REFUSED,
                      "The administrator does not let this portal ask for this.");
    }
    decision->verdict = VERDICT_SERVE;
    return true;
}

struct decision request_decide(const struct request *request, const struct portals *portals)
{
    struct decision decision = {.verdict = VERDICT_REFUSE};
    bool passed = check_shape(request, &decision) && check_host(request, &decision) &&
                  check_origin(request, portals, &decision) && find_route(request, &decision);
    if (passed && strcmp(request->method, "OPTIONS") == 0) {
        passed = check_preflight(request, &decision);
    } else if (passed) {
        passed = check_call(request, &decision);
    }
    if (!passed && decision.http != 405) {
        decision.route = NULL;
    }
    return decision;
}
