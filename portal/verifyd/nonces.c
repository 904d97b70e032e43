#include <jansson.h>

#include "portal/verifyd/routes.h"

typedef enum status nonces_step(struct nonces *nonces, const char *session,
                                char nonce[NONCES_SIZE]);

/* Both take a session and give a nonce. */
static struct answer answer_nonce(struct service *service, const struct buffer *body,
                                  nonces_step *step)
{
    char nonce[NONCES_SIZE];
    const char *session;
    enum status status = STATUS_BAD_REQUEST;
    json_t *object =
        json_loadb((const char *)body->bytes, body->size, JSON_REJECT_DUPLICATES, NULL);
    const char *detail = "body: needs session, and nothing else";
    if (service->nonces == NULL) {
        detail = "no place for nonces is configured here";
        status = STATUS_OPERATION_UNKNOWN;
    } else if (json_unpack(object, "{s:s !}", "session", &session) == 0) {
        status = step(service->nonces, session, nonce);
        detail = NULL;
    }
    json_decref(object);
    return status == STATUS_OK
               ? answer_json(MHD_HTTP_OK, json_pack("{s:s, s:s, s:i}", "status", "OK", "nonce",
                                                    nonce, "life_s", NONCES_LIFE_S))
               : answer_problem(status, detail);
}

struct answer verifyd_nonces_issue(struct service *service, const struct buffer *body)
{
    return answer_nonce(service, body, nonces_issue);
}

struct answer verifyd_nonces_take(struct service *service, const struct buffer *body)
{
    return answer_nonce(service, body, nonces_take);
}
