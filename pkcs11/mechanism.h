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

enum mechanism_kind { MECHANISM_DIGEST, MECHANISM_RSA_PKCS, MECHANISM_RSA_PSS, MECHANISM_ECDSA };

struct mechanism {
    CK_MECHANISM_TYPE type;
    enum mechanism_kind kind;
    const char *digest; /* OpenSSL's name; NULL: the caller's data are signed as they are */
};

/* CK_RSA_PKCS_PSS_PARAMS, as far as it is offered: MGF1 with the same digest. */
struct pss {
    const char *digest; /* OpenSSL's name; NULL: not PSS */
    size_t salt_size;
};

/* What OpenSSL does but once in a process, before its first digest: about as long as a card's
 * discovery takes. */
void mechanism_prepare(void);

/* NULL for one that is unknown. */
const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type);
/* The i-th one; NULL at the end. */
const struct mechanism *mechanism_at(size_t i);
void mechanism_describe(const struct mechanism *mechanism, CK_MECHANISM_INFO *info);
/* Whether it is for keys of this type. */
bool mechanism_fits(const struct mechanism *mechanism, enum pkcs15_key_type type);
/* The parameter of a caller's mechanism, which only PSS has. CKR_MECHANISM_PARAM_INVALID. */
CK_RV mechanism_read_parameter(const struct mechanism *mechanism, const CK_MECHANISM *wanted,
                               struct pss *pss) MUST_USE;

/*
 * Appends what the card is to sign: for RSA what PKCS #1 v1.5 pads, which is a DigestInfo where the
 * mechanism has a digest; for PSS the padded number, as long as the modulus; and for EC as much of
 * the digest as the key's field has bytes (FIPS 186-5, 6.4.1). key_size is the modulus's or
 * field's. CKR_DATA_LEN_RANGE if it has the wrong length for the key or the mechanism.
 */
CK_RV mechanism_put_input(const struct mechanism *mechanism, const struct pss *pss, size_t key_size,
                          const uint8_t *digest, size_t size, struct buffer *out) MUST_USE;

/* CKR_OK, CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE. `digest` is the caller's data where the
 * mechanism has no digest. */
CK_RV mechanism_verify(const struct mechanism *mechanism, const struct pss *pss, EVP_PKEY *key,
                       const uint8_t *digest, size_t size, const uint8_t *signature,
                       size_t signature_size) MUST_USE;

#endif
