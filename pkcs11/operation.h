/*
 * A digest, signature or verification in progress in a session: what it is for, and the data that
 * have come so far, digested where the mechanism says so.
 */
#ifndef PIRADI_PKCS11_OPERATION_H
#define PIRADI_PKCS11_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "pkcs11/mechanism.h"

/* Longer than any data that a key signs as they are. */
#define OPERATION_DATA_MAX 1024

struct operation {
    const struct mechanism *mechanism; /* NULL: none is in progress */
    bool has_parts;                    /* C_…Update was called */
    const struct pkcs15_key *key;      /* to sign with; lent by the device */
    struct pss pss;
    const struct pkcs15_algorithm *algorithm; /* of a signature that is padded here; lent */
    bool key_is_open;                         /* its PIN was given for this operation */
    EVP_PKEY *public_key;                     /* to verify with; owned */
    EVP_MD_CTX *digest;                       /* owned; NULL: data are collected */
    struct buffer data;
};

CK_RV operation_begin(struct operation *operation, const struct mechanism *mechanism) MUST_USE;
/* Ends it, whatever its state. */
void operation_end(struct operation *operation);

CK_RV operation_update(struct operation *operation, const uint8_t *bytes, size_t size) MUST_USE;
/* The digest, or the data, lent until the operation ends. Nothing can be added afterwards. */
CK_RV operation_finish(struct operation *operation, const uint8_t **bytes, size_t *size) MUST_USE;

#endif
