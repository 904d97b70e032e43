/*
 * The mechanisms of PKCS #11 that this module offers (PKCS #11 Cryptographic Token Interface
 * Current Mechanisms, version 2.40). The card signs; all else is OpenSSL.
 */
#ifndef PIRADI_PKCS11_MECHANISM_H
#define PIRADI_PKCS11_MECHANISM_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "pkcs11/pkcs15.h"

enum mechanism_kind { MECHANISM_DIGEST, MECHANISM_RSA_PKCS, MECHANISM_ECDSA };

struct mechanism {
    CK_MECHANISM_TYPE type;
    enum mechanism_kind kind;
    const char *digest; /* OpenSSL's name; NULL: the caller's data are signed as they are */
};

/* NULL for one that is not offered. */
const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type);
/* The i-th one; NULL at the end. */
const struct mechanism *mechanism_at(size_t i);
void mechanism_describe(const struct mechanism *mechanism, CK_MECHANISM_INFO *info);
/* Whether it is for keys of this type. */
bool mechanism_fits(const struct mechanism *mechanism, enum pkcs15_key_type type);

/*
 * Appends what the card is to sign: for RSA what PKCS #1 v1.5 pads, which is a DigestInfo where the
 * mechanism has a digest, and for EC the digest. CKR_DATA_LEN_RANGE if it is too long for the key.
 */
CK_RV mechanism_put_input(const struct mechanism *mechanism, size_t modulus_bits,
                          const uint8_t *digest, size_t size, struct buffer *out) MUST_USE;

/* CKR_OK, CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE. `digest` is the caller's data where the
 * mechanism has no digest. */
CK_RV mechanism_verify(const struct mechanism *mechanism, EVP_PKEY *key, const uint8_t *digest,
                       size_t size, const uint8_t *signature, size_t signature_size) MUST_USE;

#endif
