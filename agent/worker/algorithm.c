#include "agent/worker/algorithm.h"

#include <openssl/evp.h>
#include <string.h>

static const struct algorithm algorithms[] = {
    {"RS256", "SHA256", EVP_PKEY_RSA, 0, CKM_RSA_PKCS},
    {"RS384", "SHA384", EVP_PKEY_RSA, 0, CKM_RSA_PKCS},
    {"RS512", "SHA512", EVP_PKEY_RSA, 0, CKM_RSA_PKCS},
    {"PS256", "SHA256", EVP_PKEY_RSA, 0, CKM_RSA_PKCS_PSS},
    {"PS384", "SHA384", EVP_PKEY_RSA, 0, CKM_RSA_PKCS_PSS},
    {"PS512", "SHA512", EVP_PKEY_RSA, 0, CKM_RSA_PKCS_PSS},
    {"ES256", "SHA256", EVP_PKEY_EC, 256, CKM_ECDSA},
    {"ES384", "SHA384", EVP_PKEY_EC, 384, CKM_ECDSA},
    {"ES512", "SHA512", EVP_PKEY_EC, 521, CKM_ECDSA},
};

/* What stands before a digest in a DigestInfo: RFC 8017, section 9.2, note 1. */
#define DIGEST_PREFIX_SIZE 19
static const struct {
    const char *hash;
    const char *name; /* as portals call it */
    size_t size;      /* bytes of a digest */
    CK_MECHANISM_TYPE mechanism;
    CK_RSA_PKCS_MGF_TYPE mgf;
    uint8_t prefix[DIGEST_PREFIX_SIZE];
} hashes[] = {
    {"SHA256",
     "SHA-256",
     32,
     CKM_SHA256,
     CKG_MGF1_SHA256,
     {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
      0x05, 0x00, 0x04, 0x20}},
    {"SHA384",
     "SHA-384",
     48,
     CKM_SHA384,
     CKG_MGF1_SHA384,
     {0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02,
      0x05, 0x00, 0x04, 0x30}},
    {"SHA512",
     "SHA-512",
     64,
     CKM_SHA512,
     CKG_MGF1_SHA512,
     {0x30, 0x51, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03,
      0x05, 0x00, 0x04, 0x40}},
};

static bool token_can(CK_FUNCTION_LIST *module, CK_SLOT_ID slot, CK_MECHANISM_TYPE mechanism)
{
    CK_MECHANISM_INFO info;
    return module->C_GetMechanismInfo(slot, mechanism, &info) == CKR_OK;
}

const struct algorithm *algorithm_of(CK_FUNCTION_LIST *module, CK_SLOT_ID slot,
                                     const X509 *certificate)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    int type = key != NULL ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    bool pss_only = type == EVP_PKEY_RSA_PSS;
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        const struct algorithm *algorithm = &algorithms[i];
        bool fits = algorithm->key_type == (pss_only ? EVP_PKEY_RSA : type) &&
                    (!pss_only || algorithm->mechanism == CKM_RSA_PKCS_PSS) &&
                    (algorithm->bits == 0 || algorithm->bits == EVP_PKEY_get_bits(key));
        if (fits && token_can(module, slot, algorithm->mechanism)) {
            return algorithm;
        }
    }
    return NULL;
}

const struct algorithm *algorithm_with_hash(const struct algorithm *algorithm, const char *hash)
{
    const char *wanted = NULL;
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (strcmp(hashes[i].name, hash) == 0) {
            wanted = hashes[i].hash;
        }
    }
    for (size_t i = 0; wanted != NULL && i < sizeof algorithms / sizeof *algorithms; i++) {
        if (strcmp(algorithms[i].hash, wanted) == 0 &&
            algorithms[i].mechanism == algorithm->mechanism &&
            algorithms[i].bits == algorithm->bits) {
            return &algorithms[i];
        }
    }
    return NULL;
}

bool algorithm_use_of(const struct algorithm *algorithm, const uint8_t *digest, size_t size,
                      struct algorithm_use *use)
{
    size_t i = 0;
    while (strcmp(hashes[i].hash, algorithm->hash) != 0) {
        i++; /* every algorithm's hash is there */
    }
    if (size != hashes[i].size) {
        return false;
    }
    bool pkcs1 = algorithm->mechanism == CKM_RSA_PKCS;
    size_t prefix = pkcs1 ? DIGEST_PREFIX_SIZE : 0;
    memcpy(use->input, hashes[i].prefix, prefix);
    memcpy(use->input + prefix, digest, size);
    use->input_size = prefix + size;
    use->mechanism = (CK_MECHANISM){.mechanism = algorithm->mechanism};
    if (algorithm->mechanism == CKM_RSA_PKCS_PSS) {
        use->pss = (CK_RSA_PKCS_PSS_PARAMS){
            .hashAlg = hashes[i].mechanism, .mgf = hashes[i].mgf, .sLen = size};
        use->mechanism.pParameter = &use->pss;
        use->mechanism.ulParameterLen = sizeof use->pss;
    }
    return true;
}
