#include "browser-bridge/exchange.h"

#include <stdlib.h>
#include <string.h>

struct exchange *exchange_new(struct bridge *bridge, struct connection *connection,
                              const char *target)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    char *copy = strdup(target);
    if (exchange == NULL || copy == NULL) {
        free(exchange);
        free(copy);
        return NULL;
    }
    exchange->bridge = bridge;
    exchange->connection = connection;
    exchange->target = copy;
    buffer_init(&exchange->body, REQUEST_JSON_MAX);
    return exchange;
}

void exchange_release(struct exchange *exchange)
{
    const struct endpoint *endpoint = exchange->endpoint;
    exchange->endpoint = NULL;
    if (endpoint != NULL && endpoint->release != NULL) {
        endpoint->release(exchange);
    }
}

void exchange_free(struct exchange **exchange)
{
    struct exchange *freed = *exchange;
    *exchange = NULL;
    if (freed == NULL) {
        return;
    }
    exchange_release(freed);
    if (freed->kept == NULL && freed->response != NULL) {
        MHD_destroy_response(freed->response);
    }
    kept_answer_leave(&freed->kept);
    signed_request_free(&freed->signature);
    buffer_free(&freed->body);
    free(freed->target);
    free(freed);
}

void exchange_answer(struct exchange *exchange, int http, struct MHD_Response *response)
{
    if (exchange->response != NULL || exchange->gone) {
        if (response != NULL) {
            MHD_destroy_response(response);
        }
        return;
    }
    exchange->http = http;
    exchange->response = response;
    exchange->gone = response == NULL;
    if (exchange->answered != NULL) {
        exchange->answered(exchange);
    } else {
        connection_resume(exchange->connection);
    }
}

void exchange_answer_kept(struct exchange *exchange, int http, struct kept_answer *kept)
{
    if (exchange->response == NULL && !exchange->gone) {
        exchange->kept = kept_answer_hold(kept);
        exchange_answer(exchange, http, kept->response);
    }
}
