#include "certs/token.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "certs/certificate.h"

#define FORMAT "web-eid:1.0"
#define SIGNATURE_MAX 1024

struct algorithm {
    const char *name;
    const char *hash;
    const char *key;
    const char *curve; /* of an EC key */
    int padding;       /* of an RSA key */
};

static const struct algorithm algorithms[] = {
    {"RS256", "SHA256", "RSA", NULL, RSA_PKCS1_PADDING},
    {"RS384", "SHA384", "RSA", NULL, RSA_PKCS1_PADDING},
    {"RS512", "SHA512", "RSA", NULL, RSA_PKCS1_PADDING},
    {"PS256", "SHA256", "RSA", NULL, RSA_PKCS1_PSS_PADDING},
    {"PS384", "SHA384", "RSA", NULL, RSA_PKCS1_PSS_PADDING},
    {"PS512", "SHA512", "RSA", NULL, RSA_PKCS1_PSS_PADDING},
    {"ES256", "SHA256", "EC", "prime256v1", 0},
    {"ES384", "SHA384", "EC", "secp384r1", 0},
    {"ES512", "SHA512", "EC", "secp521r1", 0},
};

static const struct algorithm *find_algorithm(const char *name)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        if (strcmp(algorithms[i].name, name) == 0) {
            return &algorithms[i];
        }
    }
    return NULL;
}

enum status token_message(const char *algorithm, const char *origin, const char *nonce,
                          uint8_t message[TOKEN_MESSAGE_MAX], size_t *size)
{
    const struct algorithm *found = find_algorithm(algorithm);
    size_t nonce_length = strnlen(nonce, TOKEN_NONCE_MAX + 1);
    size_t origin_length = strnlen(origin, TOKEN_ORIGIN_MAX + 1);
    if (nonce_length < TOKEN_NONCE_MIN) {
        return STATUS_NONCE_TOO_SHORT;
    }
    if (found == NULL || nonce_length > TOKEN_NONCE_MAX || origin_length == 0 ||
        origin_length > TOKEN_ORIGIN_MAX) {
        return STATUS_BAD_REQUEST;
    }
    uint8_t hashes[2][EVP_MAX_MD_SIZE];
    size_t hash_size = 0;
    if (EVP_Q_digest(NULL, found->hash, NULL, origin, origin_length, hashes[0], &hash_size) != 1 ||
        EVP_Q_digest(NULL, found->hash, NULL, nonce, nonce_length, hashes[1], &hash_size) != 1) {
        return STATUS_INTERNAL;
    }
    memcpy(message, hashes[0], hash_size);
    memcpy(message + hash_size, hashes[1], hash_size);
    *size = 2 * hash_size;
    return STATUS_OK;
}

json_t *token_parse(const void *bytes, size_t size)
{
    if (size > TOKEN_JSON_MAX) {
        return NULL;
    }
    json_t *token = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
    if (token != NULL && !json_is_object(token)) {
        json_decref(token);
        return NULL;
    }
    return token;
}

/* A token taken apart; the texts are lent by the JSON. */
struct parts {
    const char *certificate_text;
    const char *signature_text;
    const struct algorithm *algorithm;
    X509 *certificate;
    uint8_t *signature;
    size_t signature_size;
};

static void parts_free(struct parts *parts)
{
    X509_free(parts->certificate);
    free(parts->signature);
}

static enum status read_format(const json_t *token, struct parts *parts, const char **detail)
{
    const char *algorithm;
    const char *format;
    const char *version = "";
    json_error_t error;
    /* json_unpack_ex reads only, whatever its parameter's type says. */
    json_t *object = json_incref((json_t *)(uintptr_t)token);
    int unpacked = json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s, s:s, s:s, s?:s}",
                                  "unverifiedCertificate", &parts->certificate_text, "algorithm",
                                  &algorithm, "signature", &parts->signature_text, "format",
                                  &format, "appVersion", &version);
    json_decref(object);
    if (unpacked != 0) {
        *detail = "token: needs unverifiedCertificate, algorithm, signature and format as texts, "
                  "may have appVersion, and nothing else";
        return STATUS_BAD_REQUEST;
    }
    if (strcmp(format, FORMAT) != 0) {
        *detail = "format: only " FORMAT " is understood";
        return STATUS_VERSION_UNSUPPORTED;
    }
    parts->algorithm = find_algorithm(algorithm);
    if (parts->algorithm == NULL) {
        *detail = "algorithm: none of RS, PS or ES with 256, 384 or 512";
        return STATUS_BAD_REQUEST;
    }
    return STATUS_OK;
}

static enum status decode(struct parts *parts, const char **detail)
{
    parts->certificate = certificate_from_base64(parts->certificate_text);
    if (parts->certificate == NULL) {
        *detail = "unverifiedCertificate: not the base64 of one DER certificate";
        return STATUS_BAD_REQUEST;
    }
    parts->signature = base64_decode(parts->signature_text, &parts->signature_size);
    if (parts->signature == NULL || parts->signature_size == 0 ||
        parts->signature_size > SIGNATURE_MAX) {
        *detail = "signature: not base64 of a signature's size";
        return STATUS_BAD_REQUEST;
    }
    return STATUS_OK;
}

/* The sentence for a chain's status; the chain's own reason where there is nothing plainer. */
static const char *chain_detail(enum status status, const char *reason)
{
    switch (status) {
    case STATUS_CERTIFICATE_NOT_FOR_THIS_USE:
        return "unverifiedCertificate: its key usage is not that of a login";
    case STATUS_CERTIFICATE_EXPIRED:
        return "unverifiedCertificate: is over";
    case STATUS_CERTIFICATE_UNTRUSTED:
        return "unverifiedCertificate: no chain to a trusted authority";
    default:
        return reason;
    }
}

static enum status check_certificate(const struct validator *validator,
                                     const struct validation_question *question,
                                     struct validation *validation, struct subject *citizen,
                                     const char **detail)
{
    enum status status = validation_chain(validator, question, validation);
    if (status != STATUS_OK) {
        *detail = chain_detail(status, validation->detail);
        return status;
    }
    if (!subject_read(question->certificate, citizen) || citizen->personal_number[0] == '\0') {
        *detail = "unverifiedCertificate: names no citizen";
        return STATUS_CERTIFICATE_NOT_FOR_THIS_USE;
    }
    return STATUS_OK;
}

static bool key_fits(const EVP_PKEY *key, const struct algorithm *algorithm)
{
    char curve[32];
    if (key == NULL || EVP_PKEY_is_a(key, algorithm->key) != 1) {
        return false;
    }
    return algorithm->curve == NULL ||
           (EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) == 1 &&
            strcmp(curve, algorithm->curve) == 0);
}

/* Raw r || s to the DER that OpenSSL wants (RFC 3279, section 2.2.3). NULL unless each half has
 * the curve's size. */
static uint8_t *ecdsa_der(const EVP_PKEY *key, const struct parts *parts, size_t *size)
{
    size_t half = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    if (parts->signature_size != 2 * half) {
        return NULL;
    }
    uint8_t *der = NULL;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(parts->signature, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(parts->signature + half, (int)half, NULL);
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = NULL;
        s = NULL;
        int length = i2d_ECDSA_SIG(pair, &der);
        *size = length > 0 ? (size_t)length : 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return der;
}

static bool verify_with(EVP_PKEY *key, const struct algorithm *algorithm, const uint8_t *signature,
                        size_t signature_size, const uint8_t *message, size_t size)
{
    EVP_PKEY_CTX *options = NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok =
        context != NULL &&
        EVP_DigestVerifyInit_ex(context, &options, algorithm->hash, NULL, NULL, key, NULL) == 1 &&
        (algorithm->padding == 0 ||
         EVP_PKEY_CTX_set_rsa_padding(options, algorithm->padding) == 1) &&
        (algorithm->padding != RSA_PKCS1_PSS_PADDING ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1) &&
        EVP_DigestVerify(context, signature, signature_size, message, size) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}

static enum status check_signature(const struct parts *parts, const struct token_rules *rules,
                                   const char **detail)
{
    uint8_t message[TOKEN_MESSAGE_MAX];
    size_t size;
    enum status status =
        token_message(parts->algorithm->name, rules->origin, rules->nonce, message, &size);
    if (status != STATUS_OK) {
        *detail = "nonce or origin: not of an allowed length";
        return status;
    }
    EVP_PKEY *key = X509_get0_pubkey(parts->certificate);
    if (!key_fits(key, parts->algorithm)) {
        *detail = "algorithm: not one of the certificate's key";
        return STATUS_BAD_REQUEST;
    }
    bool ok;
    if (parts->algorithm->curve != NULL) {
        size_t der_size = 0;
        uint8_t *der = ecdsa_der(key, parts, &der_size);
        ok = der != NULL && verify_with(key, parts->algorithm, der, der_size, message, size);
        OPENSSL_free(der);
    } else {
        ok = verify_with(key, parts->algorithm, parts->signature, parts->signature_size, message,
                         size);
    }
    if (!ok) {
        *detail = "signature: does not fit this origin, nonce and certificate";
    }
    return ok ? STATUS_OK : STATUS_SIGNATURE_INVALID;
}

static enum status check_parts(const struct parts *parts, const struct token_rules *rules,
                               const struct validator *validator,
                               const struct revocation_rules *revocation,
                               struct token_outcome *outcome, const char **detail)
{
    const struct validation_question question = {.certificate = parts->certificate,
                                                 .revocation = revocation,
                                                 .purpose = TRUST_LOGIN,
                                                 .at = rules->at,
                                                 .now = rules->at};
    struct validation validation;
    struct token_outcome found = {0};
    enum status status =
        check_certificate(validator, &question, &validation, &found.citizen, detail);
    if (status == STATUS_OK) {
        status = check_signature(parts, rules, detail);
    }
    if (status == STATUS_OK) {
        status = validation_revocation(validator, &question, &validation);
        *detail = status == STATUS_OK ? *detail : validation.detail;
    }
    if (status == STATUS_OK) {
        found.revocation = validation.revocation;
        found.in_grace = validation.in_grace;
        *outcome = found;
    }
    validation_clear(&validation);
    return status;
}

enum status token_validate(const json_t *token, const struct token_rules *rules,
                           const struct validator *validator,
                           const struct revocation_rules *revocation, struct token_outcome *outcome,
                           const char **detail)
{
    struct parts parts = {0};
    enum status status = read_format(token, &parts, detail);
    if (status == STATUS_OK) {
        status = decode(&parts, detail);
    }
    if (status == STATUS_OK) {
        status = check_parts(&parts, rules, validator, revocation, outcome, detail);
    }
    parts_free(&parts);
    ERR_clear_error();
    return status;
}

enum status token_verify(const json_t *token, const struct token_rules *rules,
                         struct subject *citizen, const char **detail)
{
    static const struct revocation_rules nobody_is_asked = {.need = REVOCATION_OFF};
    const struct validator validator = {.trust = rules->trust};
    struct token_outcome outcome;
    enum status status =
        token_validate(token, rules, &validator, &nobody_is_asked, &outcome, detail);
    if (status == STATUS_OK) {
        *citizen = outcome.citizen;
    }
    return status;
}
