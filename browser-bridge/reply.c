#include "browser-bridge/reply.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "browser-bridge/limits.h"

static const char vary_of_preflight[] =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

static bool put(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static const char policy_of_data[] = "default-src 'none'; frame-ancestors 'none'";
static const char policy_of_popup[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

static bool put_common(const struct exchange *exchange, struct MHD_Response *response,
                       const char *policy, const char *vary)
{
    bool is_portal = exchange->caller == CALLER_PORTAL && exchange->portal != NULL;
    return put(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
           put(response, "X-Content-Type-Options", "nosniff") &&
           put(response, "Referrer-Policy", "no-referrer") &&
           put(response, "Content-Security-Policy", policy) &&
           put(response, "Cross-Origin-Resource-Policy", "same-origin") &&
           put(response, MHD_HTTP_HEADER_VARY, vary) &&
           (!is_portal || put(response, "Access-Control-Allow-Origin", exchange->portal->origin));
}

/* Gives the response if it could be made whole. */
static void give(struct exchange *exchange, int http, struct MHD_Response *response, bool made)
{
    if (!made && response != NULL) {
        MHD_destroy_response(response);
        response = NULL;
    }
    exchange_answer(exchange, http, response);
}

/* The response with its headers; destroyed, and NULL, when they could not be added. */
static struct MHD_Response *complete(const struct exchange *exchange, struct MHD_Response *response,
                                     const char *content_type)
{
    if (response != NULL && (!put_common(exchange, response, policy_of_data, "Origin") ||
                             !put(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type))) {
        MHD_destroy_response(response);
        return NULL;
    }
    return response;
}

void reply_with(struct exchange *exchange, int http, struct MHD_Response *response,
                const char *content_type)
{
    exchange_answer(exchange, http, complete(exchange, response, content_type));
}

static struct MHD_Response *response_of(json_t *body)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (text == NULL) {
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(text);
    }
    return response;
}

struct MHD_Response *reply_make_json(const struct exchange *exchange, json_t *body)
{
    return complete(exchange, response_of(body), "application/json");
}

void reply_json(struct exchange *exchange, int http, json_t *body)
{
    exchange_answer(exchange, http, reply_make_json(exchange, body));
}

static json_t *problem_body(const struct problem *problem, int http)
{
    json_t *body = json_pack("{s:s, s:s, s:i, s:s, s:s*, s:s*, s:s*}", "type", "about:blank",
                             "title", MHD_get_reason_phrase_for((unsigned)http), "status", http,
                             "code", status_code(problem->status), "detail", problem->detail,
                             "holder", problem->holder, "incident", problem->incident);
    bool made = body != NULL &&
                (!problem->has_tries_left ||
                 json_object_set_new(body, "tries_left", json_integer(problem->tries_left)) == 0) &&
                (problem->retry_after_s == 0 ||
                 json_object_set_new(body, "retry_after_s",
                                     json_integer((json_int_t)problem->retry_after_s)) == 0);
    if (!made) {
        json_decref(body);
        return NULL;
    }
    return body;
}

static bool put_problem(struct MHD_Response *response, const struct problem *problem)
{
    char seconds[sizeof "4294967295"];
    snprintf(seconds, sizeof seconds, "%u", problem->retry_after_s);
    return put(response, MHD_HTTP_HEADER_CONNECTION, "close") &&
           (problem->allow == NULL || put(response, MHD_HTTP_HEADER_ALLOW, problem->allow)) &&
           (problem->retry_after_s == 0 || put(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds));
}

void reply_problem(struct exchange *exchange, const struct problem *problem)
{
    int http = problem->http != 0 ? problem->http : status_http(problem->status);
    struct MHD_Response *response = response_of(problem_body(problem, http));
    if (response != NULL && !put_problem(response, problem)) {
        MHD_destroy_response(response);
        response = NULL;
    }
    reply_with(exchange, http, response, "application/problem+json");
}

void reply_internal(struct exchange *exchange, const char *what)
{
    unsigned number = 0;
    char incident[sizeof "ffffffff"];
    if (RAND_bytes((unsigned char *)&number, sizeof number) != 1) {
        number = 0;
    }
    snprintf(incident, sizeof incident, "%08x", number);
    log_error("incident %s: %s", incident, what);
    reply_problem(exchange, &(struct problem){.status = STATUS_INTERNAL,
                                              .detail = "The bridge's log says more.",
                                              .incident = incident});
}

void reply_agent_failure(struct exchange *exchange, enum status status, const json_t *answer)
{
    const json_t *tries = json_object_get(answer, "tries_left");
    json_int_t wait = json_integer_value(json_object_get(answer, "retry_after_s"));
    reply_problem(exchange, &(struct problem){
                                .status = status,
                                .detail = json_string_value(json_object_get(answer, "detail")),
                                .holder = json_string_value(json_object_get(answer, "holder")),
                                .has_tries_left = json_is_integer(tries),
                                .tries_left = (int)json_integer_value(tries),
                                .retry_after_s = wait > 0 && wait < INT32_MAX ? (unsigned)wait : 0,
                            });
    limits_fail(exchange->bridge->limits, exchange->portal, uv_now(exchange->bridge->loop));
}

void reply_agent_absent(struct exchange *exchange)
{
    reply_problem(exchange,
                  &(struct problem){.status = STATUS_PROMPT_UNAVAILABLE,
                                    .detail = "piradi-agent is not running, so nobody can be "
                                              "asked. It starts with the person's session."});
}

bool reply_if_too_many(struct exchange *exchange)
{
    unsigned wait_s = 0;
    if (limits_take(exchange->bridge->limits, exchange->portal, uv_now(exchange->bridge->loop),
                    &wait_s)) {
        return false;
    }
    reply_problem(exchange,
                  &(struct problem){.status = STATUS_TOO_MANY_REQUESTS,
                                    .detail = "The person was asked too often, or too much failed.",
                                    .retry_after_s = wait_s});
    return true;
}

void reply_popup_file(struct exchange *exchange, const struct popup_file *file,
                      const char *content_type)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        file->size, (void *)(uintptr_t)file->bytes, MHD_RESPMEM_PERSISTENT);
    bool made = response != NULL && put_common(exchange, response, policy_of_popup, "Origin") &&
                put(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    give(exchange, MHD_HTTP_OK, response, made);
}

void reply_preflight(struct exchange *exchange, const struct route *route)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    bool made = response != NULL &&
                put_common(exchange, response, policy_of_data, vary_of_preflight) &&
                put(response, "Access-Control-Allow-Methods", route->method) &&
                (route->content_type == NULL || put(response, "Access-Control-Allow-Headers",
                                                    request_must_be_signed(route, exchange->portal)
                                                        ? "content-type, piradi-signature"
                                                        : "content-type")) &&
                put(response, "Access-Control-Max-Age", "600");
    give(exchange, MHD_HTTP_NO_CONTENT, response, made);
}
