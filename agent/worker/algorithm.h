/* How a kind of key signs: RFC 7518, section 3.1, in PKCS#11's mechanisms. */
#ifndef PIRADI_WORKER_ALGORITHM_H
#define PIRADI_WORKER_ALGORITHM_H

#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

#define DIGEST_MAX 64      /* bytes: SHA-512 */
#define DIGEST_INFO_MAX 96 /* bytes */

struct algorithm {
    const char *name; /* "RS256" */
    const char *hash; /* as OpenSSL calls it: "SHA256" */
    int key_type;     /* of OpenSSL's EVP_PKEY_ */
    int bits;         /* of an EC key's curve; 0 for RSA */
    CK_MECHANISM_TYPE mechanism;
};

/* What a token's key signs logins with. NULL for one that is none of ours, or that its token cannot
 * use. */
const struct algorithm *algorithm_of(CK_FUNCTION_LIST *module, CK_SLOT_ID slot,
                                     const X509 *certificate);

/* The key's own algorithm with another hash, "SHA-256", "SHA-384" or "SHA-512"; NULL where there is
 * none, as for an EC key, whose curve has one hash. */
const struct algorithm *algorithm_with_hash(const struct algorithm *algorithm, const char *hash);

/* How the token signs a digest. The parameters are lent to the mechanism. */
struct algorithm_use {
    CK_MECHANISM mechanism;
    CK_RSA_PKCS_PSS_PARAMS pss;
    uint8_t input[DIGEST_INFO_MAX];
    size_t input_size;
};

/* False if the digest is not as long as the algorithm's. `use` stays where it is until the
 * signature is made. */
bool algorithm_use_of(const struct algorithm *algorithm, const uint8_t *digest, size_t size,
                      struct algorithm_use *use) MUST_USE;

#endif
