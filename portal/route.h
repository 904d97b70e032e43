/* The API: one sorted table of what can be asked for. */
#ifndef PIRADI_PORTAL_ROUTE_H
#define PIRADI_PORTAL_ROUTE_H

#include "base/must_use.h"
#include "portal/request.h"

typedef struct answer route_handler(struct portal *portal, struct request *request);

enum route_access { ROUTE_OPEN, ROUTE_SESSION, ROUTE_CITIZEN };

struct route {
    const char *path; /* a segment * stands for any one */
    const char *method;
    route_handler *handler;
    enum route_access access; /* a session, or a citizen's, is needed */
    const char *type;         /* of the body; NULL: none */
    size_t body_max;
};

#define ROUTE_PREFIX "/api/"
#define ROUTE_METHODS_SIZE 64

/*
 * The route for a method (HEAD counts as GET) and a path, with the request's arguments filled. NULL
 * if there is none; methods then lists those that the path has, as the header Allow does, or is
 * empty.
 */
const struct route *route_find(const char *method, const char *path, struct request *request,
                               char methods[ROUTE_METHODS_SIZE]) MUST_USE;

#endif
