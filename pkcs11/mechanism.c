#include "pkcs11/mechanism.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "pkcs11/pss.h"

/* PKCS #1 v1.5 (RFC 8017, 7.2.1): 00 01, at least eight FF, 00. */
#define PKCS1_OVERHEAD 11

#define RSA_BITS_MIN 2048
#define EC_BITS_MIN 256
#define EC_BITS_MAX 521

static const struct mechanism mechanisms[] = {
    {CKM_RSA_PKCS, MECHANISM_RSA_PKCS, NULL},
    {CKM_SHA256_RSA_PKCS, MECHANISM_RSA_PKCS, "SHA256"},
    {CKM_SHA384_RSA_PKCS, MECHANISM_RSA_PKCS, "SHA384"},
    {CKM_SHA512_RSA_PKCS, MECHANISM_RSA_PKCS, "SHA512"},
    {CKM_RSA_PKCS_PSS, MECHANISM_RSA_PSS, NULL},
    {CKM_SHA256_RSA_PKCS_PSS, MECHANISM_RSA_PSS, "SHA256"},
    {CKM_SHA384_RSA_PKCS_PSS, MECHANISM_RSA_PSS, "SHA384"},
    {CKM_SHA512_RSA_PKCS_PSS, MECHANISM_RSA_PSS, "SHA512"},
    {CKM_ECDSA, MECHANISM_ECDSA, NULL},
    {CKM_ECDSA_SHA256, MECHANISM_ECDSA, "SHA256"},
    {CKM_ECDSA_SHA384, MECHANISM_ECDSA, "SHA384"},
    {CKM_ECDSA_SHA512, MECHANISM_ECDSA, "SHA512"},
    {CKM_SHA256, MECHANISM_DIGEST, "SHA256"},
    {CKM_SHA384, MECHANISM_DIGEST, "SHA384"},
    {CKM_SHA512, MECHANISM_DIGEST, "SHA512"},
};

#define MECHANISMS (sizeof mechanisms / sizeof *mechanisms)

void mechanism_prepare(void)
{
    EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
    EVP_MD_free(md);
}

const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type)
{
    for (size_t i = 0; i < MECHANISMS; i++) {
        if (mechanisms[i].type == type) {
            return &mechanisms[i];
        }
    }
    return NULL;
}

const struct mechanism *mechanism_at(size_t i)
{
    return i < MECHANISMS ? &mechanisms[i] : NULL;
}

void mechanism_describe(const struct mechanism *mechanism, CK_MECHANISM_INFO *info)
{
    switch (mechanism->kind) {
    case MECHANISM_DIGEST:
        *info = (CK_MECHANISM_INFO){.flags = CKF_DIGEST};
        break;
    case MECHANISM_RSA_PKCS:
    case MECHANISM_RSA_PSS:
        *info = (CK_MECHANISM_INFO){.ulMinKeySize = RSA_BITS_MIN,
                                    .ulMaxKeySize = PKCS15_RSA_BITS_MAX,
                                    .flags = CKF_HW | CKF_SIGN | CKF_VERIFY};
        break;
    case MECHANISM_ECDSA:
        *info = (CK_MECHANISM_INFO){.ulMinKeySize = EC_BITS_MIN,
                                    .ulMaxKeySize = EC_BITS_MAX,
                                    .flags = CKF_HW | CKF_SIGN | CKF_VERIFY | CKF_EC_F_P |
                                             CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS};
        break;
    }
}

bool mechanism_fits(const struct mechanism *mechanism, enum pkcs15_key_type type)
{
    switch (mechanism->kind) {
    case MECHANISM_RSA_PKCS:
    case MECHANISM_RSA_PSS:
        return type == PKCS15_KEY_RSA;
    case MECHANISM_ECDSA:
        return type == PKCS15_KEY_EC;
    case MECHANISM_DIGEST:
        break;
    }
    return false;
}

static const struct {
    CK_MECHANISM_TYPE digest;
    CK_ULONG mask;
    const char *name;
} pss_digests[] = {
    {CKM_SHA256, CKG_MGF1_SHA256, "SHA256"},
    {CKM_SHA384, CKG_MGF1_SHA384, "SHA384"},
    {CKM_SHA512, CKG_MGF1_SHA512, "SHA512"},
};

CK_RV mechanism_read_parameter(const struct mechanism *mechanism, const CK_MECHANISM *wanted,
                               struct pss *pss)
{
    CK_RSA_PKCS_PSS_PARAMS given;
    if (mechanism->kind != MECHANISM_RSA_PSS) {
        *pss = (struct pss){0};
        return wanted->ulParameterLen == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
    }
    if (wanted->pParameter == NULL || wanted->ulParameterLen != sizeof given) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    memcpy(&given, wanted->pParameter, sizeof given);
    for (size_t i = 0; i < sizeof pss_digests / sizeof *pss_digests; i++) {
        const char *name = pss_digests[i].name;
        if (given.hashAlg == pss_digests[i].digest && given.mgf == pss_digests[i].mask &&
            given.sLen <= PKCS15_RSA_BITS_MAX / 8 &&
            (mechanism->digest == NULL || strcmp(mechanism->digest, name) == 0)) {
            *pss = (struct pss){.digest = name, .salt_size = given.sLen};
            return CKR_OK;
        }
    }
    return CKR_MECHANISM_PARAM_INVALID;
}

/* DigestInfo ::= SEQUENCE { digestAlgorithm, digest OCTET STRING }; RFC 8017, A.2.4. */
static bool put_digest_info(const char *name, const uint8_t *digest, size_t size,
                            struct buffer *out)
{
    X509_SIG *info = X509_SIG_new();
    X509_ALGOR *algorithm = NULL;
    ASN1_OCTET_STRING *value = NULL;
    unsigned char *encoding = NULL;
    int encoded = 0;
    if (info != NULL) {
        X509_SIG_getm(info, &algorithm, &value);
        if (X509_ALGOR_set0(algorithm, OBJ_nid2obj(OBJ_sn2nid(name)), V_ASN1_NULL, NULL) == 1 &&
            ASN1_OCTET_STRING_set(value, digest, (int)size) == 1) {
            encoded = i2d_X509_SIG(info, &encoding);
        }
    }
    bool done = encoded > 0 && put_bytes(out, encoding, (size_t)encoded);
    OPENSSL_free(encoding);
    X509_SIG_free(info);
    return done;
}

CK_RV mechanism_put_input(const struct mechanism *mechanism, const struct pss *pss, size_t key_size,
                          const uint8_t *digest, size_t size, struct buffer *out)
{
    size_t before = out->size;
    bool is_rsa = mechanism->kind == MECHANISM_RSA_PKCS;
    bool done;
    if (mechanism->kind == MECHANISM_RSA_PSS) {
        return pss_put_padded(pss, key_size, digest, size, out);
    }
    if (is_rsa && mechanism->digest != NULL) {
        done = put_digest_info(mechanism->digest, digest, size, out);
    } else {
        done = put_bytes(out, digest, is_rsa || size < key_size ? size : key_size);
    }
    if (!done) {
        return CKR_HOST_MEMORY;
    }
    if (out->size == before || (is_rsa && out->size - before + PKCS1_OVERHEAD > key_size)) {
        out->size = before;
        return CKR_DATA_LEN_RANGE;
    }
    return CKR_OK;
}

/* PKCS #11 has r and s side by side, OpenSSL an ECDSA-Sig-Value. NULL if memory is out. */
static unsigned char *ecdsa_encoding(const uint8_t *signature, size_t size, size_t *encoded)
{
    unsigned char *encoding = NULL;
    ECDSA_SIG *value = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, (int)(size / 2), NULL);
    BIGNUM *s = BN_bin2bn(signature + size / 2, (int)(size / 2), NULL);
    if (value == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(value, r, s) != 1) {
        BN_free(r);
        BN_free(s);
    } else {
        int length = i2d_ECDSA_SIG(value, &encoding);
        *encoded = length > 0 ? (size_t)length : 0;
    }
    ECDSA_SIG_free(value);
    return encoding;
}

/* What EVP_PKEY_verify needs to know beside the key. */
static bool set_scheme(EVP_PKEY_CTX *context, const struct mechanism *mechanism,
                       const struct pss *pss)
{
    const char *digest = pss->digest != NULL ? pss->digest : mechanism->digest;
    EVP_MD *md = digest != NULL ? EVP_MD_fetch(NULL, digest, NULL) : NULL;
    int padding = pss->digest != NULL ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    bool is_rsa = mechanism->kind != MECHANISM_ECDSA;
    bool done = (digest == NULL || md != NULL) &&
                (!is_rsa || EVP_PKEY_CTX_set_rsa_padding(context, padding) == 1) &&
                (md == NULL || EVP_PKEY_CTX_set_signature_md(context, md) == 1) &&
                (pss->digest == NULL ||
                 (EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1 &&
                  EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)pss->salt_size) == 1));
    EVP_MD_free(md);
    return done;
}

static CK_RV verify_with(const struct mechanism *mechanism, const struct pss *pss, EVP_PKEY *key,
                         const uint8_t *digest, size_t size, const uint8_t *signature,
                         size_t signature_size)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    CK_RV rv = CKR_GENERAL_ERROR;
    if (context != NULL && EVP_PKEY_verify_init(context) == 1 &&
        set_scheme(context, mechanism, pss)) {
        rv = EVP_PKEY_verify(context, signature, signature_size, digest, size) == 1
                 ? CKR_OK
                 : CKR_SIGNATURE_INVALID;
    }
    EVP_PKEY_CTX_free(context);
    return rv;
}

CK_RV mechanism_verify(const struct mechanism *mechanism, const struct pss *pss, EVP_PKEY *key,
                       const uint8_t *digest, size_t size, const uint8_t *signature,
                       size_t signature_size)
{
    if (mechanism->kind != MECHANISM_ECDSA) {
        return signature_size == (size_t)EVP_PKEY_get_size(key)
                   ? verify_with(mechanism, pss, key, digest, size, signature, signature_size)
                   : CKR_SIGNATURE_LEN_RANGE;
    }
    size_t field = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    if (signature_size != 2 * field) {
        return CKR_SIGNATURE_LEN_RANGE;
    }
    size_t encoded = 0;
    unsigned char *encoding = ecdsa_encoding(signature, signature_size, &encoded);
    CK_RV rv = encoding == NULL ? CKR_HOST_MEMORY
                                : verify_with(mechanism, pss, key, digest, size, encoding, encoded);
    OPENSSL_free(encoding);
    return rv;
}
