/*
 * What a client may ask (docs/protocols.md, "Client to agent"), checked where it enters. Pure: no
 * policy, no effects.
 */
#ifndef PIRADI_AGENT_REQUEST_H
#define PIRADI_AGENT_REQUEST_H

#include <jansson.h>
#include <stdint.h>

#include "agent/purpose.h"
#include "base/must_use.h"
#include "base/status.h"

#define DOCUMENT_NAME_MAX 255 /* bytes */
#define DOCUMENT_SIZE_MAX (200LL * 1024 * 1024)
#define REQUEST_DETAIL_MAX 200

enum request_kind {
    REQUEST_STATUS,
    REQUEST_WATCH,
    REQUEST_EXAMINE,
    REQUEST_CERTIFICATES,
    REQUEST_OPERATION
};

struct request {
    enum request_kind kind;
    enum trust_purpose purpose; /* the rest is of a REQUEST_OPERATION; its texts are the object's */
    const char *origin;         /* NULL: TRUST_SIGN, for this computer itself */
    const char *nonce;          /* TRUST_LOGIN */
    const char *name;           /* TRUST_SIGN: the document's, to be shown */
    const char *media_type;     /* TRUST_SIGN */
    uint64_t size;              /* TRUST_SIGN: bytes that follow in data frames */
};

/*
 * STATUS_OK and the request, lent by the object; else BAD_REQUEST, NONCE_TOO_SHORT or
 * DOCUMENT_TOO_LARGE with the reason, in English, for a developer.
 */
enum status request_parse(json_t *object, struct request *request,
                          char detail[REQUEST_DETAIL_MAX]) MUST_USE;

#endif
