/*
 * The one place where a request is judged, before anything happens: a pure function over what
 * libmicrohttpd parsed. Everything that it hands on and that must be refused is refused here:
 * two Hosts or Origins, HTTP/1.0, absolute-form targets, escapes, a NUL in a value, folded lines,
 * Transfer-Encoding, two Content-Lengths, unknown methods. Rules A5, B2 to B9, B11, B16 and B19 of
 * docs/security.md.
 */
#ifndef PIRADI_BRIDGE_REQUEST_H
#define PIRADI_BRIDGE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/portals.h"
#include "base/status.h"

#define BRIDGE_PORT 27310

/* In which our own popup page tells the origin that its opener's message came from. No other page
 * can send it: it is not among the headers that a preflight allows. */
#define REQUEST_PORTAL_HEADER "Piradi-Portal"

/* In which a portal whose file has a key signs what it asks (signed_request.h). */
#define REQUEST_SIGNATURE_HEADER "Piradi-Signature"

#define REQUEST_HEADERS_MAX 64
#define REQUEST_HEADER_BYTES_MAX (8 * 1024)
#define REQUEST_JSON_MAX (16 * 1024)
#define REQUEST_DOCUMENT_MAX (UINT64_C(1) << 30)

struct request_header {
    const char *name;
    const char *value;
};

/* As it came, nothing decoded; all lent. */
struct request {
    const char *method;
    const char *target; /* request-target of RFC 9112, section 3.2 */
    const char *version;
    size_t header_bytes; /* from the first byte to the empty line */
    size_t header_count; /* over REQUEST_HEADERS_MAX when there were more than are listed */
    struct request_header headers[REQUEST_HEADERS_MAX];
};

enum route_id {
    ROUTE_AUTHENTICATE,
    ROUTE_CANCEL,
    ROUTE_CERTIFICATE,
    ROUTE_DOCUMENTS,
    ROUTE_EVENTS,
    ROUTE_OPERATIONS_AUTHENTICATE,
    ROUTE_OPERATIONS_CERTIFICATE,
    ROUTE_OPERATIONS_SIGN,
    ROUTE_OPERATIONS_SIGN_HASH,
    ROUTE_POPUP,
    ROUTE_POPUP_SCRIPT,
    ROUTE_POPUP_STYLE,
    ROUTE_RESULT,
    ROUTE_SIGN,
    ROUTE_SIGN_HASH,
    ROUTE_STATUS,
    ROUTE_COUNT
};

/* Who a request says, by the headers that only a browser writes, that it comes from. */
enum caller {
    CALLER_STRANGER = 0,
    CALLER_PORTAL = 1, /* a script of a portal's page */
    CALLER_POPUP = 2,  /* the script of our own popup page, which tells for which portal it asks */
    CALLER_WINDOW = 4, /* a window or tab that opens */
    CALLER_PART = 8,   /* our own popup page loads its script or style sheet */
};

struct route {
    const char *path;
    const char *method;
    const char *content_type; /* NULL: takes no body */
    uint64_t body_max;
    unsigned callers;    /* of enum caller: to the others it does not exist */
    unsigned permission; /* of enum portal_permission; 0: any portal on the list, unsigned */
};

enum verdict { VERDICT_REFUSE, VERDICT_PREFLIGHT, VERDICT_SERVE };

struct decision {
    enum verdict verdict;
    /* Who asks, and for which portal: NULL where that is not, or not rightly, told, or where no
     * portal has to do with it. */
    enum caller caller;
    const struct portal *portal;
    /* What for, where verdict is not VERDICT_REFUSE or the method alone was wrong; else NULL. */
    const struct route *route;
    enum route_id route_id; /* valid with route */
    uint64_t body_size;     /* to come, for VERDICT_SERVE */
    const char *signature;  /* to be verified, for VERDICT_SERVE; lent by the request; else NULL */
    /* Why not, for VERDICT_REFUSE. http is status's own except where HTTP knows better. */
    int http;
    enum status status;
    const char *detail; /* static */
};

/* Whether this portal must sign what this route is asked. */
bool request_must_be_signed(const struct route *route, const struct portal *portal) MUST_USE;

/* Reads nothing but its arguments. The decision's portal is lent by the list. */
struct decision request_decide(const struct request *request,
                               const struct portals *portals) MUST_USE;

#endif
