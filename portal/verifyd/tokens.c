#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/portals.h"
#include "certs/token.h"
#include "portal/verifyd/routes.h"

static json_t *tell_citizen(const struct subject *citizen)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", citizen->name,
                     "name_latin", citizen->name_latin, "given_name", citizen->given_name,
                     "surname", citizen->surname, "personal_number", citizen->personal_number,
                     "document_number", citizen->document_number, "country", citizen->country,
                     "issuer", citizen->issuer, "valid_until", citizen->valid_until_date);
}

static struct answer tell(struct service *service, const struct token_outcome *outcome)
{
    bool confirmed = outcome->revocation.verdict == REVOCATION_IS_GOOD;
    if (outcome->in_grace) {
        atomic_fetch_add(&service->metrics.in_grace, 1);
        log_warning("a token was accepted on a stale answer about revocation (grace period)");
    }
    if (!confirmed && service->config->revocation.need != REVOCATION_OFF) {
        atomic_fetch_add(&service->metrics.unconfirmed, 1);
        log_warning("a token was accepted without an answer about revocation (%s)",
                    outcome->revocation.why);
    }
    const char *source = outcome->revocation.source == EVIDENCE_OCSP ? "ocsp" : "crl";
    return answer_json(
        MHD_HTTP_OK, json_pack("{s:s, s:o, s:{s:b, s:s?, s:b}}", "status", "OK", "citizen",
                               tell_citizen(&outcome->citizen), "revocation", "checked", confirmed,
                               "source", confirmed ? source : NULL, "in_grace", outcome->in_grace));
}

/* What the portal gives, or what is kept here for its session; that goes first, so that no token is
 * tried twice on it. */
static enum status find_nonce(struct service *service, const char *given, const char *session,
                              char taken[NONCES_SIZE], const char **nonce)
{
    *nonce = given;
    if (session == NULL || given != NULL || service->nonces == NULL) {
        return given != NULL && session == NULL ? STATUS_OK : STATUS_BAD_REQUEST;
    }
    *nonce = taken;
    return nonces_take(service->nonces, session, taken);
}

static enum status verify(struct service *service, const json_t *body,
                          struct token_outcome *outcome, const char **detail)
{
    json_t *token;
    const char *given = NULL;
    const char *session = NULL;
    char taken[NONCES_SIZE];
    struct token_rules rules = {.at = time(NULL)};
    json_t *object = (json_t *)(uintptr_t)body; /* json_unpack only reads */
    if (json_unpack(object, "{s:o, s:s, s?s, s?s !}", "token", &token, "origin", &rules.origin,
                    "nonce", &given, "session", &session) != 0 ||
        !json_is_object(token)) {
        *detail = "body: needs token, origin, and nonce or session, and nothing else";
        return STATUS_BAD_REQUEST;
    }
    if (!portals_is_origin(rules.origin)) {
        *detail = "origin: https://HOST or https://HOST:PORT, as a browser writes it";
        return STATUS_BAD_REQUEST;
    }
    enum status status = find_nonce(service, given, session, taken, &rules.nonce);
    if (status != STATUS_OK) {
        *detail = "nonce or session: one is needed, and of the session a nonce that was issued";
        return status;
    }
    return token_validate(token, &rules, &service->validator, &service->config->revocation, outcome,
                          detail);
}

struct answer verifyd_tokens(struct service *service, const struct buffer *body)
{
    struct token_outcome outcome;
    const char *detail = "body: not one JSON object";
    enum status status = STATUS_BAD_REQUEST;
    json_t *object =
        json_loadb((const char *)body->bytes, body->size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object)) {
        detail = NULL;
        status = verify(service, object, &outcome, &detail);
    }
    json_decref(object);
    atomic_fetch_add(&service->metrics.tokens[status], 1);
    return status == STATUS_OK ? tell(service, &outcome) : answer_problem(status, detail);
}
