/*
 * One request and its one answer, and the routes that give it. A route answers now, or later when
 * the person has: between, the connection is suspended without the route's doing.
 */
#ifndef PIRADI_BRIDGE_EXCHANGE_H
#define PIRADI_BRIDGE_EXCHANGE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/portals.h"
#include "browser-bridge/bridge.h"
#include "browser-bridge/connection.h"
#include "browser-bridge/kept_answer.h"
#include "browser-bridge/request.h"
#include "browser-bridge/signed_request.h"

struct exchange;

/* What a route does. Only complete must be there. */
struct endpoint {
    /* The request is allowed; its body, exchange->body_size bytes, is still to come. */
    void (*begin)(struct exchange *exchange);
    /* The next bytes of the body. Without it they are collected in exchange->body. */
    void (*piece)(struct exchange *exchange, const uint8_t *bytes, size_t size);
    /* The body is whole. Not called when the exchange is answered already. */
    void (*complete)(struct exchange *exchange);
    /* The page has gone, or its answer is sent: cancel and free what exchange->operation is.
     * Called once where begin or complete was. */
    void (*release)(struct exchange *exchange);
};

enum exchange_progress { EXCHANGE_HEADERS, EXCHANGE_BODY, EXCHANGE_WHOLE };

struct exchange {
    struct bridge *bridge;
    struct connection *connection;          /* NULL: the answer goes to `answered` */
    struct MHD_Connection *http_connection; /* to suspend it with connection_suspend */
    char *target;
    enum caller caller;
    const struct portal *portal;     /* lent; NULL for a stranger */
    const struct endpoint *endpoint; /* NULL before the request is allowed, and once released */
    enum exchange_progress progress;
    uint64_t body_size;
    uint64_t body_received;
    uint64_t body_began; /* of uv_now */
    struct buffer body;
    struct signed_request *signature; /* NULL: none is due, or it is verified */
    bool verified;                    /* the portal has signed this request */
    void *operation;
    bool gone; /* the page hung up: no answer any more */
    int http;
    struct MHD_Response *response; /* NULL until answered */
    struct kept_answer *kept;      /* NULL, or what lends the response */
    void (*answered)(struct exchange *exchange);
    void *owner;          /* of whoever set `answered` */
    uint64_t answer_size; /* bytes of a long answer, told beforehand; else 0 */
};

/* NULL if memory is out. */
struct exchange *exchange_new(struct bridge *bridge, struct connection *connection,
                              const char *target) MUST_USE;
void exchange_free(struct exchange **exchange);

/* Ends the route's part, once. */
void exchange_release(struct exchange *exchange);

/*
 * Gives the answer, which is taken over; from a handler or from anywhere in the loop. The first one
 * counts. NULL means that memory is out: the connection is closed.
 */
void exchange_answer(struct exchange *exchange, int http, struct MHD_Response *response);

/* The same, with an answer that stays the caller's too. */
void exchange_answer_kept(struct exchange *exchange, int http, struct kept_answer *kept);

/* The routes, by request.h's table. */
extern const struct endpoint authenticate_endpoint;
extern const struct endpoint cancel_endpoint;
extern const struct endpoint certificate_endpoint;
extern const struct endpoint documents_endpoint;
extern const struct endpoint events_endpoint;
extern const struct endpoint operations_authenticate_endpoint;
extern const struct endpoint operations_certificate_endpoint;
extern const struct endpoint operations_sign_hash_endpoint;
extern const struct endpoint operations_sign_endpoint;
extern const struct endpoint popup_endpoint;
extern const struct endpoint popup_script_endpoint;
extern const struct endpoint popup_style_endpoint;
extern const struct endpoint result_endpoint;
extern const struct endpoint sign_endpoint;
extern const struct endpoint sign_hash_endpoint;
extern const struct endpoint status_endpoint;

#endif
