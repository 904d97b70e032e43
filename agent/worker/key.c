#include "agent/worker/key.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/ckr.h"

#define SLOTS_MAX 64
#define CERTIFICATES_MAX 16  /* of one token */
#define CERTIFICATE_MAX 8192 /* bytes of DER */
#define CHAIN_MAX 4

/* What PKCS#11's flags mean in tries, where the module does not tell the number: three is what the
 * Georgian card has (facts: seen), two and one follow from the flags' definitions. */
#define TRIES_FULL 3
#define TRIES_LOW 2
#define TRIES_FINAL 1

/* PKCS#11 pads with blanks and does not terminate. */
static void copy_padded(char *text, const unsigned char *padded, size_t size)
{
    while (size > 0 && padded[size - 1] == ' ') {
        size--;
    }
    memcpy(text, padded, size);
    text[size] = '\0';
    for (char *c = text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            *c = '?';
        }
    }
}

static const struct key_algorithm *algorithm_of(const X509 *certificate)
{
    static const struct key_algorithm rs256 = {"RS256", CKM_SHA256_RSA_PKCS};
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? &rs256 : NULL;
}

/* The attribute's bytes, at most max of them. */
static CK_RV read_attribute(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                            CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *bytes,
                            size_t max, size_t *size)
{
    CK_ATTRIBUTE attribute = {type, bytes, max};
    CK_RV rv = module->C_GetAttributeValue(session, object, &attribute, 1);
    if (rv == CKR_OK && attribute.ulValueLen > max) {
        rv = CKR_GENERAL_ERROR;
    }
    if (rv == CKR_OK) {
        *size = attribute.ulValueLen;
    }
    return rv;
}

/* At most max objects that fit the pattern. */
static CK_RV find_objects(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                          CK_ATTRIBUTE *pattern, size_t attributes, CK_OBJECT_HANDLE *objects,
                          size_t max, size_t *count)
{
    CK_ULONG found = 0;
    CK_RV rv = module->C_FindObjectsInit(session, pattern, attributes);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = module->C_FindObjects(session, objects, max, &found);
    CK_RV final = module->C_FindObjectsFinal(session);
    if (rv == CKR_OK) {
        rv = found > max ? CKR_GENERAL_ERROR : final;
    }
    if (rv == CKR_OK) {
        *count = found;
    }
    return rv;
}

/* NULL for one that is too large or no X.509: no reason to refuse the card's others. */
static X509 *parse_certificate(const uint8_t *der, size_t size)
{
    const unsigned char *next = der;
    X509 *certificate = d2i_X509(NULL, &next, (long)size);
    if (certificate != NULL && next != der + size) {
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

CK_OBJECT_HANDLE key_find_private(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                                  const struct key *key)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    uint8_t id[KEY_ID_MAX];
    memcpy(id, key->id, key->id_size);
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, id, key->id_size}};
    CK_OBJECT_HANDLE object;
    size_t count;
    bool found = find_objects(module, session, pattern, 2, &object, 1, &count) == CKR_OK;
    return found && count == 1 ? object : CK_INVALID_HANDLE;
}

static unsigned tries_from_flags(CK_FLAGS flags)
{
    if ((flags & CKF_USER_PIN_LOCKED) != 0) {
        return 0;
    }
    if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        return TRIES_FINAL;
    }
    return (flags & CKF_USER_PIN_COUNT_LOW) != 0 ? TRIES_LOW : TRIES_FULL;
}

unsigned key_read_tries(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session, const struct key *key)
{
    CK_OBJECT_HANDLE private_key = key_find_private(module, session, key);
    CK_ULONG tries;
    size_t size;
    if (private_key != CK_INVALID_HANDLE &&
        read_attribute(module, session, private_key, CKA_PIRADI_PIN_TRIES_LEFT, &tries,
                       sizeof tries, &size) == CKR_OK &&
        size == sizeof tries && tries != CK_UNAVAILABLE_INFORMATION && tries <= UINT_MAX) {
        return (unsigned)tries;
    }
    CK_TOKEN_INFO now;
    return tries_from_flags(module->C_GetTokenInfo(key->slot, &now) == CKR_OK ? now.flags
                                                                              : key->token.flags);
}

/* Takes the certificate over; keeps it, if it is of a key that fits, as a key of this token. */
static CK_RV add_key(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                     X509 *certificate, const struct key *token, struct keys *keys)
{
    CK_RV rv = CKR_OK;
    struct key key = *token;
    key.certificate = certificate;
    key.algorithm = algorithm_of(certificate);
    bool fits = keys->count < KEYS_MAX && key.algorithm != NULL &&
                trust_check_use(certificate, keys->purpose) == STATUS_OK;
    if (fits) {
        rv = read_attribute(module, session, object, CKA_ID, key.id, sizeof key.id, &key.id_size);
    }
    if (!fits || rv != CKR_OK) {
        X509_free(certificate);
        return rv;
    }
    key.tries_left = key_read_tries(module, session, &key);
    keys->list[keys->count++] = key;
    return CKR_OK;
}

static CK_RV sort_certificate(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                              CK_OBJECT_HANDLE object, const struct key *token, struct keys *keys)
{
    uint8_t der[CERTIFICATE_MAX];
    size_t size;
    CK_RV rv = read_attribute(module, session, object, CKA_VALUE, der, sizeof der, &size);
    X509 *certificate = rv == CKR_OK ? parse_certificate(der, size) : NULL;
    if (rv == CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && certificate == NULL)) {
        return CKR_OK;
    }
    if (rv != CKR_OK) {
        return rv;
    }
    if (X509_check_ca(certificate) != 0 && keys->authority_count < KEY_AUTHORITIES_MAX) {
        keys->authorities[keys->authority_count++] = certificate;
        return CKR_OK;
    }
    return add_key(module, session, object, certificate, token, keys);
}

static CK_RV sort_certificates(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                               const struct key *token, struct keys *keys)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof class},
                              {CKA_CERTIFICATE_TYPE, &type, sizeof type}};
    CK_OBJECT_HANDLE objects[CERTIFICATES_MAX];
    size_t count = 0;
    CK_RV rv = find_objects(module, session, pattern, 2, objects, CERTIFICATES_MAX, &count);
    for (size_t i = 0; rv == CKR_OK && i < count; i++) {
        rv = sort_certificate(module, session, objects[i], token, keys);
    }
    return rv;
}

static CK_RV search_token(CK_FUNCTION_LIST *module, CK_SLOT_ID slot, struct keys *keys)
{
    struct key token = {.slot = slot};
    CK_SLOT_INFO reader;
    CK_SESSION_HANDLE session;
    CK_RV rv = module->C_GetSlotInfo(slot, &reader);
    if (rv == CKR_OK) {
        rv = module->C_GetTokenInfo(slot, &token.token);
    }
    if (rv == CKR_OK) {
        rv = module->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    }
    if (rv == CKR_OK) {
        copy_padded(token.reader, reader.slotDescription, sizeof reader.slotDescription);
        copy_padded(token.label, token.token.label, sizeof token.token.label);
        rv = sort_certificates(module, session, &token, keys);
        module->C_CloseSession(session);
    }
    return rv;
}

/* Why there is nothing to search. */
static enum status status_of_no_token(CK_FUNCTION_LIST *module)
{
    CK_ULONG count = 0;
    CK_RV rv = module->C_GetSlotList(CK_FALSE, NULL, &count);
    if (rv != CKR_OK) {
        return status_from_ckr(rv);
    }
    return count == 0 ? STATUS_NO_READER : STATUS_NO_CARD;
}

enum status keys_find(CK_FUNCTION_LIST *module, enum trust_purpose purpose, struct keys *keys)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    CK_RV rv = module->C_GetSlotList(CK_TRUE, slots, &count);
    if (rv != CKR_OK) {
        return status_from_ckr(rv);
    }
    if (count == 0) {
        return status_of_no_token(module);
    }
    struct keys found = {.purpose = purpose};
    enum status status = STATUS_NO_CERTIFICATE;
    for (CK_ULONG i = 0; i < count; i++) {
        rv = search_token(module, slots[i], &found);
        if (rv != CKR_OK) {
            status = status_from_ckr(rv);
        }
    }
    if (found.count == 0) {
        keys_free(&found);
        return status;
    }
    *keys = found;
    return STATUS_OK;
}

void keys_free(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        X509_free(keys->list[i].certificate);
    }
    for (size_t i = 0; i < keys->authority_count; i++) {
        X509_free(keys->authorities[i]);
    }
    keys->count = 0;
    keys->authority_count = 0;
}

static json_t *certificate_json(X509 *certificate)
{
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    char *text = size > 0 ? base64_encode(der, (size_t)size) : NULL;
    json_t *value = text != NULL ? json_string(text) : NULL;
    free(text);
    OPENSSL_free(der);
    return value;
}

static X509 *issuer_of(const struct keys *keys, X509 *certificate)
{
    for (size_t i = 0; i < keys->authority_count; i++) {
        if (X509_check_issued(keys->authorities[i], certificate) == X509_V_OK) {
            return keys->authorities[i];
        }
    }
    return NULL;
}

/* The CA certificates from the issuer on, without a self-signed one. */
static json_t *chain_json(const struct keys *keys, X509 *certificate)
{
    json_t *chain = json_array();
    X509 *issuer = issuer_of(keys, certificate);
    for (size_t i = 0; chain != NULL && issuer != NULL && i < CHAIN_MAX; i++) {
        if (X509_self_signed(issuer, 0) != 0) {
            break;
        }
        if (json_array_append_new(chain, certificate_json(issuer)) != 0) {
            json_decref(chain);
            chain = NULL;
        }
        issuer = issuer_of(keys, issuer);
    }
    return chain;
}

static json_t *key_json(const struct keys *keys, const struct key *key)
{
    CK_FLAGS flags = key->token.flags;
    bool blocked = key->tries_left == 0 || (flags & CKF_USER_PIN_LOCKED) != 0;
    bool not_set =
        (flags & CKF_USER_PIN_TO_BE_CHANGED) != 0 || (flags & CKF_USER_PIN_INITIALIZED) == 0;
    return json_pack(
        "{s:s, s:s, s:o, s:o, s:s, s:{s:I, s:I, s:i, s:b, s:b}}", "reader", key->reader, "label",
        key->label, "certificate", certificate_json(key->certificate), "chain",
        chain_json(keys, key->certificate), "algorithm", key->algorithm->name, "pin", "min",
        (json_int_t)key->token.ulMinPinLen, "max", (json_int_t)key->token.ulMaxPinLen, "tries_left",
        (int)key->tries_left, "blocked", blocked, "not_set", not_set);
}

json_t *keys_json(const struct keys *keys)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < keys->count; i++) {
        if (json_array_append_new(list, key_json(keys, &keys->list[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}
