#include "portal/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "portal/random_hex.h"

#define INCIDENT_BYTES 6

static struct answer answer_memory(unsigned http, const char *type, void *bytes, size_t size,
                                   enum MHD_ResponseMemoryMode mode)
{
    struct answer answer = {http, MHD_create_response_from_buffer(size, bytes, mode)};
    if (answer.response == NULL && mode == MHD_RESPMEM_MUST_FREE) {
        free(bytes);
    }
    if (type != NULL) {
        answer_header(&answer, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    }
    return answer;
}

static struct answer json_as(unsigned http, const char *type, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL) {
        log_error("an answer could not be formed: out of memory");
        return (struct answer){MHD_HTTP_INTERNAL_SERVER_ERROR, NULL};
    }
    return answer_memory(http, type, text, strlen(text), MHD_RESPMEM_MUST_FREE);
}

struct answer answer_json(unsigned http, json_t *object)
{
    return json_as(http, "application/json", object);
}

struct answer answer_bytes(const char *type, struct buffer *bytes)
{
    void *taken = bytes->bytes;
    size_t size = bytes->size;
    buffer_init(bytes, bytes->limit);
    return answer_memory(MHD_HTTP_OK, type, taken, size, MHD_RESPMEM_MUST_FREE);
}

struct answer answer_lent(const char *type, const void *bytes, size_t size)
{
    /* MHD's argument is not const, yet it only reads what is persistent. */
    return answer_memory(MHD_HTTP_OK, type, (void *)(uintptr_t)bytes, size, MHD_RESPMEM_PERSISTENT);
}

struct answer answer_empty(unsigned http)
{
    static char nothing[1];
    return answer_memory(http, NULL, nothing, 0, MHD_RESPMEM_PERSISTENT);
}

static const char *title_of(enum status status)
{
    switch (status) {
    case STATUS_BAD_REQUEST:
        return "The request is not right";
    case STATUS_SESSION_EXPIRED:
        return "Nobody is logged in, or not any more";
    case STATUS_OPERATION_UNKNOWN:
        return "There is no such thing, or not any more";
    case STATUS_ORIGIN_NOT_ALLOWED:
        return "The request does not come from the portal's own pages";
    case STATUS_TOO_MANY_REQUESTS:
        return "Too many requests";
    case STATUS_DOCUMENT_TOO_LARGE:
        return "The document is too large";
    case STATUS_DOCUMENT_DAMAGED:
    case STATUS_SIGNATURE_INVALID:
        return "The signed document is not accepted";
    case STATUS_SIGNER_IS_ANOTHER:
        return "The document is signed by somebody else";
    case STATUS_CERTIFICATE_EXPIRED:
    case STATUS_CERTIFICATE_REVOKED:
    case STATUS_CERTIFICATE_UNTRUSTED:
    case STATUS_CERTIFICATE_NOT_FOR_THIS_USE:
        return "The certificate is not accepted";
    case STATUS_DISK_FULL:
        return "The server has no room; nothing was changed";
    case STATUS_INTERNAL:
        return "The server failed";
    default:
        return "The request was refused";
    }
}

static bool set_text(json_t *object, const char *key, const char *value)
{
    return json_object_set_new(object, key, json_string(value)) == 0;
}

static json_t *new_problem(unsigned http, enum status status, const char *detail)
{
    char type[128];
    snprintf(type, sizeof type, "urn:piradi:problem:%s", status_code(status));
    json_t *problem = json_pack("{s:s, s:s, s:i, s:s}", "type", type, "title", title_of(status),
                                "status", (int)http, "code", status_code(status));
    if (problem != NULL && detail != NULL && !set_text(problem, "detail", detail)) {
        json_decref(problem);
        return NULL;
    }
    return problem;
}

static struct answer answer_incident(const char *detail)
{
    char incident[RANDOM_HEX_SIZE(INCIDENT_BYTES)];
    json_t *problem = new_problem(MHD_HTTP_INTERNAL_SERVER_ERROR, STATUS_INTERNAL, NULL);
    if (!random_hex(incident, INCIDENT_BYTES) || problem == NULL ||
        !set_text(problem, "incident", incident)) {
        json_decref(problem);
        return (struct answer){MHD_HTTP_INTERNAL_SERVER_ERROR, NULL};
    }
    log_error("incident %s: %s", incident, detail != NULL ? detail : "see the line above");
    return json_as(MHD_HTTP_INTERNAL_SERVER_ERROR, "application/problem+json", problem);
}

struct answer answer_refusal(unsigned http, enum status status, const char *detail)
{
    return json_as(http, "application/problem+json", new_problem(http, status, detail));
}

struct answer answer_problem(enum status status, const char *detail)
{
    return status == STATUS_INTERNAL
               ? answer_incident(detail)
               : answer_refusal((unsigned)status_http(status), status, detail);
}

struct answer answer_too_many(unsigned retry_after_s)
{
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%u", retry_after_s);
    json_t *problem = new_problem(MHD_HTTP_TOO_MANY_REQUESTS, STATUS_TOO_MANY_REQUESTS, NULL);
    if (problem != NULL &&
        json_object_set_new(problem, "retry_after_s", json_integer(retry_after_s)) != 0) {
        json_decref(problem);
        problem = NULL;
    }
    struct answer answer = json_as(MHD_HTTP_TOO_MANY_REQUESTS, "application/problem+json", problem);
    answer_header(&answer, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    return answer;
}

void answer_header(struct answer *answer, const char *name, const char *value)
{
    if (answer->response != NULL &&
        MHD_add_response_header(answer->response, name, value) != MHD_YES) {
        MHD_destroy_response(answer->response);
        answer->response = NULL;
    }
}
