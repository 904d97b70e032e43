/*
 * The keys on the cards that fit a purpose, found by their certificates: what `find` of
 * docs/protocols.md answers. Nothing here needs a PIN.
 *
 * A key keeps the session in which it was found: once its card was taken out the session is dead,
 * so that no other card can take its place.
 */
#ifndef PIRADI_WORKER_KEY_H
#define PIRADI_WORKER_KEY_H

#include <jansson.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/worker/algorithm.h"
#include "base/must_use.h"
#include "base/status.h"
#include "certs/trust.h"

#define KEYS_MAX 8
#define KEY_ID_MAX 64
#define KEY_AUTHORITIES_MAX 16
#define KEY_READER_MAX 65 /* CK_SLOT_INFO's description, and the NUL */

/* Digits that may be typed, and how often they may be wrong. */
struct pin_rule {
    unsigned min;
    unsigned max;
    unsigned tries_left;
};

struct key {
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    uint8_t id[KEY_ID_MAX]; /* CKA_ID, the same for certificate, public and private key */
    size_t id_size;
    X509 *certificate;
    const struct algorithm *algorithm;
    struct pin_rule pin;
    bool pin_is_set;
    bool pad;                   /* the PIN is typed on the reader */
    struct pin_rule unblocking; /* of the transport PIN while the PIN is not set, else of the PUK */
    char reader[KEY_READER_MAX];
};

/* What is looked for. */
struct search {
    enum trust_purpose purpose;
    bool chain;      /* the CA certificates on the card, too */
    bool unblocking; /* the rule of what unblocks the PIN, too */
};

struct keys {
    struct search search;
    size_t count;
    struct key list[KEYS_MAX];
    size_t authority_count;
    X509 *authorities[KEY_AUTHORITIES_MAX]; /* CA certificates on the same cards */
};

/*
 * STATUS_OK and at least one key, or why there is none: NO_READER, NO_CARD, NO_CERTIFICATE, or what
 * the only cards there answered. In each reader the first token with such a key is looked at and no
 * other: cards have the login key's before the signature key's. Free with keys_free.
 */
enum status keys_find(CK_FUNCTION_LIST *module, const struct search *search,
                      struct keys *keys) MUST_USE;
/* Ends their sessions, too; module may be NULL if there are none. */
void keys_free(CK_FUNCTION_LIST *module, struct keys *keys);

/* [KEY…] of docs/protocols.md; NULL if memory is out. */
json_t *keys_json(const struct keys *keys) MUST_USE;

/* The private key of that id, in this session; CK_INVALID_HANDLE if it is not (yet) to be seen. */
CK_OBJECT_HANDLE key_find_private(CK_FUNCTION_LIST *module, const struct key *key) MUST_USE;

/* How many tries the key's PIN, or what unblocks it, has left, as the card, or else the token's
 * flags, tell now. */
unsigned key_read_tries(CK_FUNCTION_LIST *module, const struct key *key) MUST_USE;
unsigned key_read_unblocking_tries(CK_FUNCTION_LIST *module, const struct key *key) MUST_USE;

#endif
