#include "browser-bridge/request.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* What a stranger and a guesser are told: the same bytes, so that neither learns what exists. */
static const char nothing_here[] = "There is nothing at this address for this origin.";

#define FROM_BOTH (CALLER_PORTAL | CALLER_POPUP)
#define JSON "application/json", REQUEST_JSON_MAX
#define NO_BODY NULL, 0

static const struct route routes[ROUTE_COUNT] = {
    [ROUTE_AUTHENTICATE] = {"/v1/authenticate", "POST", JSON, CALLER_PORTAL,
                            PORTAL_MAY_AUTHENTICATE},
    [ROUTE_CANCEL] = {"/v1/cancel", "POST", JSON, FROM_BOTH, 0},
    [ROUTE_CERTIFICATE] = {"/v1/certificate", "POST", JSON, CALLER_PORTAL,
                           PORTAL_MAY_READ_CERTIFICATE},
    [ROUTE_DOCUMENTS] = {"/v1/documents", "POST", "application/pdf", REQUEST_DOCUMENT_MAX,
                         FROM_BOTH, PORTAL_MAY_SIGN},
    [ROUTE_EVENTS] = {"/v1/events", "GET", NO_BODY, CALLER_PORTAL, 0},
    [ROUTE_OPERATIONS_AUTHENTICATE] = {"/v1/operations/authenticate", "POST", JSON, FROM_BOTH,
                                       PORTAL_MAY_AUTHENTICATE},
    [ROUTE_OPERATIONS_CERTIFICATE] = {"/v1/operations/certificate", "POST", JSON, FROM_BOTH,
                                      PORTAL_MAY_READ_CERTIFICATE},
    [ROUTE_OPERATIONS_SIGN_HASH] = {"/v1/operations/sign-hash", "POST", JSON, FROM_BOTH,
                                    PORTAL_MAY_SIGN_HASH},
    [ROUTE_SIGN_HASH] = {"/v1/sign-hash", "POST", JSON, CALLER_PORTAL, PORTAL_MAY_SIGN_HASH},
    [ROUTE_OPERATIONS_SIGN] = {"/v1/operations/sign", "POST", JSON, FROM_BOTH, PORTAL_MAY_SIGN},
    [ROUTE_POPUP] = {"/popup", "GET", NO_BODY, CALLER_WINDOW, 0},
    [ROUTE_POPUP_SCRIPT] = {"/popup.js", "GET", NO_BODY, CALLER_PART, 0},
    [ROUTE_POPUP_STYLE] = {"/popup.css", "GET", NO_BODY, CALLER_PART, 0},
    [ROUTE_RESULT] = {"/v1/result", "POST", JSON, FROM_BOTH, 0},
    [ROUTE_SIGN] = {"/v1/sign", "POST", JSON, CALLER_PORTAL, PORTAL_MAY_SIGN},
    [ROUTE_STATUS] = {"/v1/status", "GET", NO_BODY, FROM_BOTH, 0},
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

/* Of W3C Fetch Metadata: what a browser says about where a request came from and what for. */
static bool has_metadata(const struct request *request, const char *site, const char *mode,
                         const char *destination)
{
    return (site == NULL || only_is(request, "Sec-Fetch-Site", site)) &&
           only_is(request, "Sec-Fetch-Mode", mode) &&
           only_is(request, "Sec-Fetch-Dest", destination);
}

/*
 * A portal's script reaches us only as a CORS request from another site; a navigation, an image, a
 * form or a frame says otherwise about itself. Rule B8.
 */
static bool is_from_portal(const struct request *request)
{
    return (has_metadata(request, "cross-site", "cors", "empty") ||
            has_metadata(request, "same-site", "cors", "empty")) &&
           count_of(request, "Origin") == 1 && count_of(request, REQUEST_PORTAL_HEADER) == 0;
}

/* Host has been checked: a page of that origin is our popup. Rule B3. */
static bool is_from_popup(const struct request *request)
{
    static const char scheme[] = "http://";
    const char *origin = only(request, "Origin");
    bool own = origin != NULL
                   ? strncmp(origin, scheme, strlen(scheme)) == 0 &&
                         only_is(request, "Host", origin + strlen(scheme))
                   : count_of(request, "Origin") == 0 && strcmp(request->method, "GET") == 0;
    return own && has_metadata(request, "same-origin", "cors", "empty");
}

/* Any site may open the popup's window; without a site's script nothing can be asked in it. */
static bool is_window(const struct request *request)
{
    return count_of(request, "Origin") == 0 && count_of(request, "Sec-Fetch-Site") == 1 &&
           has_metadata(request, NULL, "navigate", "document");
}

static bool is_part(const struct request *request)
{
    return count_of(request, "Origin") == 0 &&
           (has_metadata(request, "same-origin", "no-cors", "script") ||
            has_metadata(request, "same-origin", "no-cors", "style"));
}

/* The portal by the header that names it, exactly once and byte for byte; else NULL. */
static const struct portal *portal_by(const struct request *request, const char *header,
                                      const struct portals *portals)
{
    const char *origin = only(request, header);
    return origin != NULL ? portals_find(portals, origin) : NULL;
}

static bool check_caller(const struct request *request, const struct portals *portals,
                         struct decision *decision)
{
    if (is_window(request)) {
        decision->caller = CALLER_WINDOW;
        return true;
    }
    if (is_part(request)) {
        decision->caller = CALLER_PART;
        return true;
    }
    enum caller caller = CALLER_STRANGER;
    const struct portal *portal = NULL;
    if (is_from_portal(request)) {
        caller = CALLER_PORTAL;
        portal = portal_by(request, "Origin", portals);
    } else if (is_from_popup(request)) {
        caller = CALLER_POPUP;
        portal = portal_by(request, REQUEST_PORTAL_HEADER, portals);
    }
    if (portal == NULL) {
        return refuse_stranger(decision);
    }
    decision->caller = caller;
    decision->portal = portal;
    return true;
}

/* "/v2/status" and the like. */
static bool is_of_another_version(const char *target)
{
    size_t digits = strncmp(target, "/v", 2) == 0 ? strspn(target + 2, "0123456789") : 0;
    return digits > 0 && target[2 + digits] == '/' && strncmp(target, "/v1/", 4) != 0;
}

static bool find_route(const struct request *request, struct decision *decision)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if ((routes[i].callers & decision->caller) != 0 &&
            strcmp(routes[i].path, request->target) == 0) {
            decision->route = &routes[i];
            decision->route_id = (enum route_id)i;
            return true;
        }
    }
    if (decision->portal != NULL && is_of_another_version(request->target)) {
        return refuse(decision, status_http(STATUS_VERSION_UNSUPPORTED), STATUS_VERSION_UNSUPPORTED,
                      "Only version 1 is spoken here; /v1/status tells.");
    }
    return refuse_stranger(decision);
}

bool request_must_be_signed(const struct route *route, const struct portal *portal)
{
    return route->permission != 0 && portal->key_count > 0;
}

/* CORS preflight (Fetch standard, section 3.3): yes only to what the route takes. */
static bool check_preflight(const struct request *request, struct decision *decision)
{
    const struct route *route = decision->route;
    size_t header_lists = count_of(request, "Access-Control-Request-Headers");
    if (decision->caller != CALLER_PORTAL) {
        return refuse_stranger(decision);
    }
    const char *headers = request_must_be_signed(route, decision->portal)
                              ? "content-type,piradi-signature"
                              : "content-type";
    bool headers_fit =
        header_lists == 0 || (route->content_type != NULL &&
                              only_is(request, "Access-Control-Request-Headers", headers));
    if (!headers_fit || !only_is(request, "Access-Control-Request-Method", route->method)) {
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

/* A signature where it is due, and nowhere else: it would be taken for one that was verified. */
static bool check_signature(const struct request *request, struct decision *decision)
{
    bool due =
        decision->portal != NULL && request_must_be_signed(decision->route, decision->portal);
    if (count_of(request, REQUEST_SIGNATURE_HEADER) != (due ? 1 : 0)) {
        return refuse(decision, status_http(STATUS_REQUEST_SIGNATURE_INVALID),
                      STATUS_REQUEST_SIGNATURE_INVALID,
                      due ? "This portal must sign what it asks, once."
                          : "There is nothing to verify this signature with.");
    }
    decision->signature = due ? only(request, REQUEST_SIGNATURE_HEADER) : NULL;
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
    if (decision->portal != NULL && (route->permission & ~decision->portal->may) != 0) {
        return refuse(decision, status_http(STATUS_POLICY_REFUSED), STATUS_POLICY_REFUSED,
                      "The administrator does not let this portal ask for this.");
    }
    if (!check_signature(request, decision)) {
        return false;
    }
    decision->verdict = VERDICT_SERVE;
    return true;
}

struct decision request_decide(const struct request *request, const struct portals *portals)
{
    struct decision decision = {.verdict = VERDICT_REFUSE};
    bool passed = check_shape(request, &decision) && check_host(request, &decision) &&
                  check_caller(request, portals, &decision) && find_route(request, &decision);
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
