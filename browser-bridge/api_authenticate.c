/*
 * POST /v1/authenticate: the person logs in to the portal; the answer is a Web eID token. Whose
 * login it is, is told by the Origin header alone (rule A5 of docs/security.md).
 */
#include <jansson.h>
#include <stdlib.h>

#include "agent/client.h"
#include "browser-bridge/exchange.h"
#include "browser-bridge/fields.h"
#include "browser-bridge/reply.h"

struct login {
    struct exchange *exchange;
    struct agent_client *client;
};

static void on_answer(void *context, enum status status, const json_t *answer)
{
    struct login *login = context;
    json_t *token = json_object_get(answer, "token");
    if (status != STATUS_OK) {
        reply_agent_failure(login->exchange, status, answer);
    } else if (!json_is_object(token)) {
        reply_internal(login->exchange, "the agent answered a login without a token");
    } else {
        reply_json(login->exchange, MHD_HTTP_OK, json_incref(token));
    }
}

static void on_ended(void *context, enum agent_client_end end)
{
    struct login *login = context;
    if (end == AGENT_CLIENT_LOST) {
        reply_internal(login->exchange, "the agent was lost during a login");
    }
}

static const struct agent_client_handlers handlers = {.answer = on_answer, .ended = on_ended};

static json_t *parse(struct exchange *exchange)
{
    static const char *const names[] = {"nonce", NULL};
    char wrong[FIELDS_WRONG_MAX];
    json_t *fields = fields_parse(exchange->body.bytes, exchange->body.size, names, wrong);
    if (fields == NULL) {
        reply_problem(exchange, &(struct problem){.status = STATUS_BAD_REQUEST, .detail = wrong});
    }
    return fields;
}

static void start(struct login *login, const char *nonce)
{
    struct exchange *exchange = login->exchange;
    json_t *request = json_pack("{s:s, s:s, s:s}", "command", "authenticate", "origin",
                                exchange->portal->origin, "nonce", nonce);
    if (request == NULL) {
        reply_internal(exchange, "no memory for a login");
        return;
    }
    login->client = agent_client_start(exchange->bridge->loop, request, &handlers, login);
    json_decref(request);
    if (login->client == NULL) {
        reply_agent_absent(exchange);
    }
}

static void complete(struct exchange *exchange)
{
    json_t *fields = reply_if_too_many(exchange) ? NULL : parse(exchange);
    if (fields == NULL) {
        return;
    }
    struct login *login = calloc(1, sizeof *login);
    if (login == NULL) {
        reply_internal(exchange, "no memory for a login");
    } else {
        login->exchange = exchange;
        exchange->operation = login;
        start(login, fields_text(fields, "nonce"));
    }
    json_decref(fields);
}

static void release(struct exchange *exchange)
{
    struct login *login = exchange->operation;
    if (login != NULL) {
        agent_client_close(&login->client);
        free(login);
        exchange->operation = NULL;
    }
}

const struct endpoint authenticate_endpoint = {.complete = complete, .release = release};
