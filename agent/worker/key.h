/*
 * The keys on the cards that fit a purpose, found by their certificates: what `find` of
 * docs/protocols.md answers. Nothing here needs a PIN.
 */
#ifndef PIRADI_WORKER_KEY_H
#define PIRADI_WORKER_KEY_H

#include <jansson.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"
#include "certs/trust.h"

#define KEYS_MAX 8
#define KEY_ID_MAX 64
#define KEY_AUTHORITIES_MAX 16
#define KEY_READER_MAX 65 /* CK_SLOT_INFO's description, and the NUL */
#define KEY_LABEL_MAX 33  /* CK_TOKEN_INFO's label, and the NUL */

/* How a kind of key signs. */
struct key_algorithm {
    const char *name; /* RFC 7518, section 3.1 */
    CK_MECHANISM_TYPE mechanism;
};

struct key {
    CK_SLOT_ID slot;
    uint8_t id[KEY_ID_MAX]; /* CKA_ID, the same for certificate and private key */
    size_t id_size;
    X509 *certificate;
    const struct key_algorithm *algorithm;
    CK_TOKEN_INFO token;
    unsigned tries_left;
    char reader[KEY_READER_MAX];
    char label[KEY_LABEL_MAX];
};

struct keys {
    enum trust_purpose purpose;
    size_t count;
    struct key list[KEYS_MAX];
    size_t authority_count;
    X509 *authorities[KEY_AUTHORITIES_MAX]; /* CA certificates seen on the same cards */
};

/*
 * STATUS_OK and at least one key, or why there is none: NO_READER, NO_CARD, NO_CERTIFICATE, or what
 * the only cards there answered. Free with keys_free.
 */
enum status keys_find(CK_FUNCTION_LIST *module, enum trust_purpose purpose,
                      struct keys *keys) MUST_USE;
void keys_free(struct keys *keys);

/* [KEY…] of docs/protocols.md; NULL if memory is out. */
json_t *keys_json(const struct keys *keys) MUST_USE;

/* The private key of that id, in this session; CK_INVALID_HANDLE if it is not (yet) to be seen. */
CK_OBJECT_HANDLE key_find_private(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                                  const struct key *key) MUST_USE;

/* How many tries the key's PIN has left, as the card, or else the token's flags, tell now. */
unsigned key_read_tries(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                        const struct key *key) MUST_USE;

#endif
