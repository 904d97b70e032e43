/* From nobody to a citizen and back. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "certs/token.h"
#include "portal/handlers.h"
#include "portal/nonce.h"

static struct answer answer_session(const struct session *session)
{
    const struct citizen *citizen = &session->citizen;
    return answer_json(MHD_HTTP_OK,
                       session->logged_in
                           ? json_pack("{s:s, s:{s:s, s:s}}", "csrf", session->csrf, "citizen",
                                       "name", citizen->name, "personal_number",
                                       citizen->personal_number)
                           : json_pack("{s:s, s:n}", "csrf", session->csrf, "citizen"));
}

static bool may_knock(struct portal *portal, const struct request *request, unsigned *retry_after_s)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    uint8_t key[RATE_LIMIT_KEY_SIZE];
    rate_limit_key(info->client_addr, key);
    return rate_limit_take(&portal->knocks, key, request->now, retry_after_s);
}

struct answer handle_session(struct portal *portal, struct request *request)
{
    if (request->has_session) {
        return answer_session(&request->session);
    }
    unsigned retry_after_s = 0;
    char cookie[SESSION_SECRET_SIZE];
    if (!may_knock(portal, request, &retry_after_s)) {
        return answer_too_many(retry_after_s);
    }
    enum status status = session_open(portal->store, request->now, &request->session, cookie);
    if (status != STATUS_OK) {
        return answer_problem(status, NULL);
    }
    struct answer answer = answer_session(&request->session);
    request_set_cookie(&answer, cookie);
    return answer;
}

struct answer handle_nonce(struct portal *portal, struct request *request)
{
    unsigned retry_after_s = 0;
    char nonce[NONCE_SIZE];
    if (!may_knock(portal, request, &retry_after_s)) {
        return answer_too_many(retry_after_s);
    }
    enum status status = nonce_issue(portal->store, &request->session, request->now, nonce);
    if (status != STATUS_OK) {
        return answer_problem(status, NULL);
    }
    return answer_json(MHD_HTTP_OK, json_pack("{s:s}", "nonce", nonce));
}

/* Rules P1 and P2: the nonce goes first, so that no token is tried twice on it. */
static enum status check_token(struct portal *portal, const struct request *request,
                               const json_t *token, struct citizen *citizen, const char **detail)
{
    char nonce[NONCE_SIZE];
    enum status status = nonce_take(portal->store, &request->session, request->now, nonce);
    if (status != STATUS_OK) {
        *detail = "no nonce waits for this session's login";
        return status;
    }
    const struct token_rules rules = {.trust = portal->trust,
                                      .origin = portal->config->origin,
                                      .nonce = nonce,
                                      .at = (time_t)request->now};
    struct subject subject;
    status = token_verify(token, &rules, &subject, detail);
    if (status == STATUS_OK) {
        *citizen = (struct citizen){0};
        memcpy(citizen->name, subject.name, sizeof citizen->name);
        memcpy(citizen->personal_number, subject.personal_number, sizeof citizen->personal_number);
    }
    return status;
}

struct answer handle_login(struct portal *portal, struct request *request)
{
    unsigned retry_after_s = 0;
    if (!may_knock(portal, request, &retry_after_s)) {
        return answer_too_many(retry_after_s);
    }
    json_t *body = request_json(request);
    json_t *token = NULL;
    struct citizen citizen;
    char cookie[SESSION_SECRET_SIZE];
    const char *detail = "body: an object with a token is needed, and nothing else";
    enum status status =
        json_unpack(body, "{s:o!}", "token", &token) == 0 ? STATUS_OK : STATUS_BAD_REQUEST;
    if (status == STATUS_OK) {
        status = check_token(portal, request, token, &citizen, &detail);
    }
    if (status == STATUS_OK) {
        detail = NULL;
        status = session_login(portal->store, &citizen, request->now, &request->session, cookie);
    }
    json_decref(body);
    if (status != STATUS_OK) {
        log_info("a login was refused: %s", status_code(status));
        return answer_problem(status, detail);
    }
    struct answer answer = answer_session(&request->session);
    request_set_cookie(&answer, cookie);
    return answer;
}

struct answer handle_logout(struct portal *portal, struct request *request)
{
    enum status status = session_close(portal->store, &request->session);
    if (status != STATUS_OK) {
        return answer_problem(status, NULL);
    }
    struct answer answer = answer_empty(MHD_HTTP_NO_CONTENT);
    request_set_cookie(&answer, NULL);
    return answer;
}
