/*
 * What a client may ask (docs/protocols.md, "Client to agent"), checked where it enters. Pure: no
 * policy, no effects.
 */
#ifndef PIRADI_AGENT_REQUEST_H
#define PIRADI_AGENT_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"
#include "certs/purpose.h"

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

/* What an operation is to bring. */
enum errand {
    ERRAND_LOGIN,       /* a token */
    ERRAND_LETTER,      /* a signed document */
    ERRAND_HASH,        /* a signature of a hash that the caller made */
    ERRAND_CERTIFICATE, /* the certificate that signs */
    ERRAND_PIN,         /* a PIN with a new value */
};

enum pin_action { PIN_CHANGE, PIN_UNBLOCK, PIN_ACTIVATE };

#define HASH_MAX 64 /* bytes */

/* A hash to be signed: its function as portals name it ("SHA-256"), and base64. */
struct hash {
    const char *function;
    const char *value;
};

struct request {
    enum request_kind kind;
    /* The rest is of a REQUEST_OPERATION; its texts are the object's. */
    enum errand errand;
    enum trust_purpose purpose; /* whose key it needs */
    const char *origin;         /* NULL: for this computer itself */
    bool forgets_choice;        /* of a card: set by the configuration, not by the client */
    bool verified;              /* the portal has signed the request */
    bool unlisted;              /* no policy names the origin; ERRAND_LOGIN alone */
    const char *terminal;       /* to ask in, where there is no display; or NULL */
    const char *nonce;          /* ERRAND_LOGIN */
    const char *name;           /* ERRAND_LETTER: the document's, to be shown */
    const char *media_type;     /* ERRAND_LETTER */
    uint64_t size;              /* ERRAND_LETTER: bytes that follow in data frames */
    struct hash hash;           /* ERRAND_HASH */
    const char *certificate;    /* ERRAND_HASH: base64 of DER, whose key it must be; or NULL */
    enum pin_action action;     /* ERRAND_PIN */
};

/*
 * STATUS_OK and the request, lent by the object; else BAD_REQUEST, NONCE_TOO_SHORT or
 * DOCUMENT_TOO_LARGE with the reason, in English, for a developer.
 */
enum status request_parse(json_t *object, struct request *request,
                          char detail[REQUEST_DETAIL_MAX]) MUST_USE;

/* In lower-case hexadecimal. False if it is not as long as its function's. */
bool hash_digits(const struct hash *hash, char digits[2 * HASH_MAX + 1]) MUST_USE;

/* "change", "unblock" or "activate". */
const char *pin_action_word(enum pin_action action);

#endif
