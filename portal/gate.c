#include "portal/gate.h"

#include <stdio.h>
#include <string.h>

#include "portal/route.h"

static struct answer not_found(const char *methods)
{
    if (*methods == '\0') {
        return answer_problem(STATUS_OPERATION_UNKNOWN, NULL);
    }
    struct answer answer = answer_refusal(MHD_HTTP_METHOD_NOT_ALLOWED, STATUS_BAD_REQUEST, NULL);
    answer_header(&answer, MHD_HTTP_HEADER_ALLOW, methods);
    return answer;
}

/* Finds what is asked for: a route or a page. */
static bool find(const struct portal *portal, const struct head *head, struct request *request,
                 struct answer *answer)
{
    char methods[ROUTE_METHODS_SIZE] = "";
    struct refusal refusal;
    if (strncmp(head->path, ROUTE_PREFIX, strlen(ROUTE_PREFIX)) == 0) {
        request->route = route_find(head->method, head->path, request, methods);
    } else {
        request->page = pages_find(portal->pages, head->path);
        if (request->page != NULL && !head_is_reading(head)) {
            request->page = NULL;
            snprintf(methods, sizeof methods, "GET");
        }
    }
    if (request->route == NULL && request->page == NULL) {
        *answer = not_found(methods);
        return false;
    }
    const char *type = request->route != NULL ? request->route->type : NULL;
    size_t size_max = request->route != NULL ? request->route->body_max : 0;
    if (!head_body_is_allowed(head, type, size_max, &refusal)) {
        *answer = answer_refusal(refusal.http, refusal.status, refusal.detail);
        return false;
    }
    buffer_init(&request->body, size_max);
    return true;
}

/* The session of the request's cookie, if it has one that is alive. */
static enum status find_session(const struct portal *portal, struct request *request)
{
    const char *cookie =
        MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, SESSION_COOKIE);
    if (cookie == NULL) {
        return STATUS_OK;
    }
    enum status status = session_find(portal->store, cookie, request->now, &request->session);
    request->has_session = status == STATUS_OK;
    return status == STATUS_SESSION_EXPIRED ? STATUS_OK : status;
}

static bool has_access(const struct request *request)
{
    switch (request->route->access) {
    case ROUTE_OPEN:
        return true;
    case ROUTE_SESSION:
        return request->has_session;
    case ROUTE_CITIZEN:
        return request->has_session && request->session.logged_in;
    }
    return false;
}

static bool has_csrf(const struct request *request)
{
    const char *csrf =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "X-CSRF-Token");
    return request->has_session && session_csrf_is(&request->session, csrf);
}

static bool admit(const struct portal *portal, const struct head *head, struct request *request,
                  struct answer *answer)
{
    enum status status = find_session(portal, request);
    const char *detail = NULL;
    if (status == STATUS_OK && !has_access(request)) {
        status = STATUS_SESSION_EXPIRED;
    }
    if (status == STATUS_OK && !head_is_reading(head) && !has_csrf(request)) {
        status = STATUS_ORIGIN_NOT_ALLOWED;
        detail = "X-CSRF-Token: not this session's";
    }
    if (status != STATUS_OK) {
        *answer = answer_problem(status, detail);
    }
    return status == STATUS_OK;
}

static enum MHD_Result note(void *head, enum MHD_ValueKind kind, const char *name,
                            const char *value)
{
    (void)kind;
    head_note(head, name, value);
    return MHD_YES;
}

bool gate_pass(const struct portal *portal, struct head *head, struct request *request,
               struct answer *answer)
{
    struct refusal refusal;
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, note, head);
    if (!head_is_allowed(head, portal->config->origin, portal->config->authority, &refusal)) {
        *answer = answer_refusal(refusal.http, refusal.status, refusal.detail);
        return false;
    }
    return find(portal, head, request, answer) &&
           (request->page != NULL || admit(portal, head, request, answer));
}
