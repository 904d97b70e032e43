/*
 * What is asked of the person and answered in JSON. Whose question it is, is told by the Origin
 * header alone (rule A5 of docs/security.md).
 *
 *   POST /v1/authenticate  they log in; the answer is a Web eID token
 *   POST /v1/certificate   the portal reads the certificate that signs, before it makes a hash
 *   POST /v1/sign-hash     they sign a hash of what their computer cannot show
 */
#include <jansson.h>
#include <stdlib.h>

#include "agent/client.h"
#include "browser-bridge/agent_request.h"
#include "browser-bridge/exchange.h"
#include "browser-bridge/fields.h"
#include "browser-bridge/hash.h"
#include "browser-bridge/reply.h"

struct kind {
    const char *command;      /* of docs/protocols.md */
    const char *const *names; /* of the body's fields, which the agent gets as they are */
    bool (*fits)(const json_t *fields, const char **wrong); /* NULL: the agent judges them */
    json_t *(*answer)(const json_t *answer); /* what of it the page gets; a new reference */
};

struct question {
    const struct kind *kind;
    struct exchange *exchange;
    struct agent_client *client;
};

static void on_answer(void *context, enum status status, const json_t *answer)
{
    struct question *question = context;
    json_t *body;
    if (status != STATUS_OK) {
        reply_agent_failure(question->exchange, status, answer);
    } else if ((body = question->kind->answer(answer)) == NULL) {
        reply_internal(question->exchange, "the agent's answer lacks what was asked for");
    } else {
        reply_json(question->exchange, MHD_HTTP_OK, body);
    }
}

static void on_ended(void *context, enum agent_client_end end)
{
    struct question *question = context;
    if (end == AGENT_CLIENT_LOST) {
        reply_internal(question->exchange, "the agent was lost while it asked");
    }
}

static const struct agent_client_handlers handlers = {.answer = on_answer, .ended = on_ended};

static json_t *parse(struct exchange *exchange, const struct kind *kind)
{
    char reason[FIELDS_WRONG_MAX];
    const char *wrong = reason;
    json_t *fields = fields_parse(exchange->body.bytes, exchange->body.size, kind->names, reason);
    if (fields != NULL && (kind->fits == NULL || kind->fits(fields, &wrong))) {
        return fields;
    }
    reply_problem(exchange, &(struct problem){.status = STATUS_BAD_REQUEST, .detail = wrong});
    json_decref(fields);
    return NULL;
}

static void start(struct question *question, json_t *fields)
{
    struct exchange *exchange = question->exchange;
    json_t *request = agent_request(exchange, question->kind->command);
    if (request == NULL || json_object_update_missing(request, fields) != 0) {
        reply_internal(exchange, "no memory for a question");
    } else {
        question->client = agent_client_start(exchange->bridge->loop, request, &handlers, question);
        if (question->client == NULL) {
            reply_agent_absent(exchange);
        }
    }
    json_decref(request);
}

static void ask(struct exchange *exchange, const struct kind *kind)
{
    json_t *fields = reply_if_too_many(exchange) ? NULL : parse(exchange, kind);
    if (fields == NULL) {
        return;
    }
    struct question *question = calloc(1, sizeof *question);
    if (question == NULL) {
        reply_internal(exchange, "no memory for a question");
    } else {
        question->kind = kind;
        question->exchange = exchange;
        exchange->operation = question;
        start(question, fields);
    }
    json_decref(fields);
}

static void release(struct exchange *exchange)
{
    struct question *question = exchange->operation;
    if (question != NULL) {
        agent_client_close(&question->client);
        free(question);
        exchange->operation = NULL;
    }
}

static json_t *token_of(const json_t *answer)
{
    json_t *token = json_object_get(answer, "token");
    return json_is_object(token) ? json_incref(token) : NULL;
}

/* Exactly these of the answer's values; NULL when one is not there. */
static json_t *pick(const json_t *answer, const char *const keys[])
{
    json_t *picked = json_object();
    for (size_t i = 0; picked != NULL && keys[i] != NULL; i++) {
        if (json_object_set(picked, keys[i], json_object_get(answer, keys[i])) != 0) {
            json_decref(picked);
            picked = NULL;
        }
    }
    return picked;
}

static json_t *certificate_of(const json_t *answer)
{
    static const char *const keys[] = {"certificate", "chain", "algorithm", NULL};
    return pick(answer, keys);
}

static json_t *signature_of(const json_t *answer)
{
    static const char *const keys[] = {"signature", "algorithm", NULL};
    return pick(answer, keys);
}

static bool is_hash(const json_t *fields, const char **wrong)
{
    *wrong = "hash must be base64 of as many bytes as hash_function, SHA-256, SHA-384 or SHA-512, "
             "gives.";
    return hash_is_of(fields_text(fields, "hash"), fields_text(fields, "hash_function"));
}

static void authenticate(struct exchange *exchange)
{
    static const char *const names[] = {"nonce", NULL};
    static const struct kind kind = {"authenticate", names, NULL, token_of};
    ask(exchange, &kind);
}

static void read_certificate(struct exchange *exchange)
{
    static const char *const names[] = {NULL};
    static const struct kind kind = {"signing-certificate", names, NULL, certificate_of};
    ask(exchange, &kind);
}

static void sign_hash(struct exchange *exchange)
{
    static const char *const names[] = {"hash", "hash_function", "certificate", NULL};
    static const struct kind kind = {"sign-hash", names, is_hash, signature_of};
    ask(exchange, &kind);
}

const struct endpoint authenticate_endpoint = {.complete = authenticate, .release = release};
const struct endpoint certificate_endpoint = {.complete = read_certificate, .release = release};
const struct endpoint sign_hash_endpoint = {.complete = sign_hash, .release = release};
