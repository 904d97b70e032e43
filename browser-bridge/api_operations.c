/*
 * POST /v1/operations/authenticate, certificate, sign and sign-hash: as /v1/authenticate and so on,
 * but the answer is an id, by which POST /v1/result gives what those would have answered, and
 * POST /v1/cancel ends it.
 */
#include <jansson.h>

#include "browser-bridge/exchange.h"
#include "browser-bridge/fields.h"
#include "browser-bridge/operations.h"
#include "browser-bridge/reply.h"

static void begin_operation(struct exchange *exchange, const struct endpoint *endpoint)
{
    const char *id = operations_begin(exchange->bridge->operations, exchange, endpoint);
    if (id != NULL) {
        reply_json(exchange, MHD_HTTP_ACCEPTED, json_pack("{s:s}", "operation", id));
        return;
    }
    reply_problem(exchange, &(struct problem){.status = STATUS_TOO_MANY_REQUESTS,
                                              .detail = "Too many operations are under way.",
                                              .retry_after_s = OPERATION_UNREAD_MS / 1000});
}

static void begin_login(struct exchange *exchange)
{
    begin_operation(exchange, &authenticate_endpoint);
}

static void begin_certificate(struct exchange *exchange)
{
    begin_operation(exchange, &certificate_endpoint);
}

static void begin_hash(struct exchange *exchange)
{
    begin_operation(exchange, &sign_hash_endpoint);
}

static void begin_signature(struct exchange *exchange)
{
    begin_operation(exchange, &sign_endpoint);
}

/* The operation that the body names; NULL when the exchange is answered. */
static struct operation *find(struct exchange *exchange)
{
    static const char *const names[] = {"operation", NULL};
    char wrong[FIELDS_WRONG_MAX];
    json_t *fields = fields_parse(exchange->body.bytes, exchange->body.size, names, wrong);
    if (fields == NULL) {
        reply_problem(exchange, &(struct problem){.status = STATUS_BAD_REQUEST, .detail = wrong});
        return NULL;
    }
    struct operation *operation =
        operations_find(exchange->bridge->operations, fields_text(fields, "operation"), exchange);
    json_decref(fields);
    return operation;
}

static void refuse_unknown(struct exchange *exchange)
{
    reply_problem(exchange,
                  &(struct problem){.status = STATUS_OPERATION_UNKNOWN,
                                    .detail = "No such operation of this origin is to be read: "
                                              "unknown, read already, or expired."});
}

static void read_result(struct exchange *exchange)
{
    struct operation *operation = find(exchange);
    if (exchange->response == NULL && (operation == NULL || !operation_read(operation, exchange))) {
        refuse_unknown(exchange);
    }
}

static void leave_result(struct exchange *exchange)
{
    if (exchange->operation != NULL) {
        operation_leave(exchange->operation);
        exchange->operation = NULL;
    }
}

static void cancel(struct exchange *exchange)
{
    struct operation *operation = find(exchange);
    if (operation != NULL) {
        operation_cancel(operation);
        reply_json(exchange, MHD_HTTP_OK, json_object());
    } else if (exchange->response == NULL) {
        refuse_unknown(exchange);
    }
}

const struct endpoint cancel_endpoint = {.complete = cancel};
const struct endpoint operations_authenticate_endpoint = {.complete = begin_login};
const struct endpoint operations_certificate_endpoint = {.complete = begin_certificate};
const struct endpoint operations_sign_hash_endpoint = {.complete = begin_hash};
const struct endpoint operations_sign_endpoint = {.complete = begin_signature};
const struct endpoint result_endpoint = {.complete = read_result, .release = leave_result};
