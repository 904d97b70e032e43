#include "agent/worker/key.h"

#include <limits.h>
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

/* What PKCS#11's flags mean in tries, where the module does not tell the number: three and five are
 * what the Georgian card has (facts: seen), two and one follow from the flags' definitions. */
#define TRIES_FULL 3
#define UNBLOCKING_TRIES_FULL 5
#define TRIES_LOW 2
#define TRIES_FINAL 1

/* Digits of a PUK whose card does not tell: ISO 9564-1 has 4 to 12. */
#define UNBLOCKING_MIN 4
#define UNBLOCKING_MAX 12

/* CKA_CERTIFICATE_CATEGORY (PKCS #11 2.40, 4.6.2). */
#define CATEGORY_AUTHORITY 2

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

static CK_OBJECT_HANDLE find_object(CK_FUNCTION_LIST *module, const struct key *key,
                                    CK_OBJECT_CLASS class)
{
    uint8_t id[KEY_ID_MAX];
    memcpy(id, key->id, key->id_size);
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, id, key->id_size}};
    CK_OBJECT_HANDLE object;
    size_t count;
    bool found = find_objects(module, key->session, pattern, 2, &object, 1, &count) == CKR_OK;
    return found && count == 1 ? object : CK_INVALID_HANDLE;
}

CK_OBJECT_HANDLE key_find_private(CK_FUNCTION_LIST *module, const struct key *key)
{
    return find_object(module, key, CKO_PRIVATE_KEY);
}

/* Of our own module: as many numbers, all known. A private key may not be seen before a login. */
static bool read_numbers(CK_FUNCTION_LIST *module, const struct key *key, CK_ATTRIBUTE_TYPE type,
                         CK_ULONG *numbers, size_t count)
{
    CK_OBJECT_HANDLE object = find_object(module, key, CKO_PUBLIC_KEY);
    size_t size;
    if (object == CK_INVALID_HANDLE ||
        read_attribute(module, key->session, object, type, numbers, count * sizeof *numbers,
                       &size) != CKR_OK ||
        size != count * sizeof *numbers) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] > UINT_MAX) {
            return false;
        }
    }
    return true;
}

static unsigned tries_from_flags(CK_FLAGS flags, CK_FLAGS locked, CK_FLAGS final, CK_FLAGS low,
                                 unsigned full)
{
    if ((flags & locked) != 0) {
        return 0;
    }
    if ((flags & final) != 0) {
        return TRIES_FINAL;
    }
    return (flags & low) != 0 ? TRIES_LOW : full;
}

static CK_FLAGS token_flags(CK_FUNCTION_LIST *module, const struct key *key)
{
    CK_TOKEN_INFO now;
    return module->C_GetTokenInfo(key->slot, &now) == CKR_OK ? now.flags : 0;
}

unsigned key_read_tries(CK_FUNCTION_LIST *module, const struct key *key)
{
    CK_ULONG tries;
    if (read_numbers(module, key, CKA_PIRADI_PIN_TRIES_LEFT, &tries, 1)) {
        return (unsigned)tries;
    }
    return tries_from_flags(token_flags(module, key), CKF_USER_PIN_LOCKED, CKF_USER_PIN_FINAL_TRY,
                            CKF_USER_PIN_COUNT_LOW, TRIES_FULL);
}

unsigned key_read_unblocking_tries(CK_FUNCTION_LIST *module, const struct key *key)
{
    CK_ULONG numbers[3];
    if (read_numbers(module, key, CKA_PIRADI_UNBLOCKING, numbers, 3)) {
        return (unsigned)numbers[2];
    }
    return tries_from_flags(token_flags(module, key), CKF_SO_PIN_LOCKED, CKF_SO_PIN_FINAL_TRY,
                            CKF_SO_PIN_COUNT_LOW, UNBLOCKING_TRIES_FULL);
}

/* Of a module that does not tell by our attributes. */
static CK_RV read_pin_from_token(CK_FUNCTION_LIST *module, struct key *key)
{
    CK_TOKEN_INFO token;
    CK_RV rv = module->C_GetTokenInfo(key->slot, &token);
    if (rv != CKR_OK) {
        return rv;
    }
    if (token.ulMinPinLen > UINT_MAX || token.ulMaxPinLen > UINT_MAX) {
        return CKR_GENERAL_ERROR;
    }
    key->pin =
        (struct pin_rule){.min = (unsigned)token.ulMinPinLen, .max = (unsigned)token.ulMaxPinLen};
    key->pin_is_set = (token.flags & CKF_USER_PIN_TO_BE_CHANGED) == 0 &&
                      (token.flags & CKF_USER_PIN_INITIALIZED) != 0;
    key->pad = (token.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    return CKR_OK;
}

static CK_RV read_pin(CK_FUNCTION_LIST *module, struct key *key)
{
    CK_ULONG rules[4];
    CK_RV rv = CKR_OK;
    if (read_numbers(module, key, CKA_PIRADI_PIN_RULES, rules, 4)) {
        key->pin = (struct pin_rule){.min = (unsigned)rules[0], .max = (unsigned)rules[1]};
        key->pin_is_set = rules[2] != 0;
        key->pad = rules[3] != 0;
    } else {
        rv = read_pin_from_token(module, key);
    }
    key->pin.tries_left = key_read_tries(module, key);
    return rv;
}

static void read_unblocking(CK_FUNCTION_LIST *module, struct key *key)
{
    CK_ULONG numbers[3];
    if (read_numbers(module, key, CKA_PIRADI_UNBLOCKING, numbers, 3)) {
        key->unblocking = (struct pin_rule){.min = (unsigned)numbers[0],
                                            .max = (unsigned)numbers[1],
                                            .tries_left = (unsigned)numbers[2]};
    } else {
        key->unblocking = (struct pin_rule){.min = UNBLOCKING_MIN,
                                            .max = UNBLOCKING_MAX,
                                            .tries_left = key_read_unblocking_tries(module, key)};
    }
}

/* Takes the certificate over; keeps it, if it is of a key that fits, as a key of this token. */
static CK_RV add_key(CK_FUNCTION_LIST *module, CK_OBJECT_HANDLE object, X509 *certificate,
                     const struct key *token, struct keys *keys)
{
    struct key key = *token;
    key.certificate = certificate;
    key.algorithm = algorithm_of(module, key.slot, certificate);
    bool fits = keys->count < KEYS_MAX && key.algorithm != NULL &&
                trust_check_use(certificate, keys->search.purpose) == STATUS_OK;
    CK_RV rv = CKR_OK;
    if (fits) {
        rv = read_attribute(module, key.session, object, CKA_ID, key.id, sizeof key.id,
                            &key.id_size);
    }
    if (fits && rv == CKR_OK) {
        rv = read_pin(module, &key);
    }
    if (!fits || rv != CKR_OK) {
        X509_free(certificate);
        return rv;
    }
    if (keys->search.unblocking) {
        read_unblocking(module, &key);
    }
    keys->list[keys->count++] = key;
    return CKR_OK;
}

/* By what the token says of it, which need not read it. */
static bool is_authority(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                         CK_OBJECT_HANDLE object)
{
    CK_ULONG category;
    size_t size;
    return read_attribute(module, session, object, CKA_CERTIFICATE_CATEGORY, &category,
                          sizeof category, &size) == CKR_OK &&
           size == sizeof category && category == CATEGORY_AUTHORITY;
}

static CK_RV sort_certificate(CK_FUNCTION_LIST *module, CK_OBJECT_HANDLE object,
                              const struct key *token, struct keys *keys)
{
    uint8_t der[CERTIFICATE_MAX];
    size_t size;
    if (!keys->search.chain && is_authority(module, token->session, object)) {
        return CKR_OK;
    }
    CK_RV rv = read_attribute(module, token->session, object, CKA_VALUE, der, sizeof der, &size);
    X509 *certificate = rv == CKR_OK ? parse_certificate(der, size) : NULL;
    if (rv == CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && certificate == NULL)) {
        return CKR_OK;
    }
    if (rv != CKR_OK) {
        return rv;
    }
    if (X509_check_ca(certificate) == 0) {
        return add_key(module, object, certificate, token, keys);
    }
    if (keys->authority_count < KEY_AUTHORITIES_MAX) {
        keys->authorities[keys->authority_count++] = certificate;
    } else {
        X509_free(certificate);
    }
    return CKR_OK;
}

static CK_RV sort_certificates(CK_FUNCTION_LIST *module, CK_ATTRIBUTE *pattern, size_t attributes,
                               const struct key *token, struct keys *keys)
{
    CK_OBJECT_HANDLE objects[CERTIFICATES_MAX];
    size_t count = 0;
    CK_RV rv = find_objects(module, token->session, pattern, attributes, objects, CERTIFICATES_MAX,
                            &count);
    for (size_t i = 0; rv == CKR_OK && i < count; i++) {
        rv = sort_certificate(module, objects[i], token, keys);
    }
    return rv;
}

/* The certificates of the token's public keys, and no others: a card is not asked to list those. */
static CK_RV sort_those_of_keys(CK_FUNCTION_LIST *module, const struct key *token,
                                struct keys *keys)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_ATTRIBUTE public_key = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE objects[CERTIFICATES_MAX];
    size_t count = 0;
    CK_RV rv =
        find_objects(module, token->session, &public_key, 1, objects, CERTIFICATES_MAX, &count);
    for (size_t i = 0; rv == CKR_OK && i < count; i++) {
        CK_OBJECT_CLASS certificate = CKO_CERTIFICATE;
        uint8_t id[KEY_ID_MAX];
        size_t id_size = 0;
        rv = read_attribute(module, token->session, objects[i], CKA_ID, id, sizeof id, &id_size);
        CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &certificate, sizeof certificate},
                                  {CKA_ID, id, id_size}};
        if (rv == CKR_OK && id_size > 0) {
            rv = sort_certificates(module, pattern, 2, token, keys);
        }
    }
    return rv;
}

static CK_RV sort_all(CK_FUNCTION_LIST *module, const struct key *token, struct keys *keys)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof class},
                              {CKA_CERTIFICATE_TYPE, &type, sizeof type}};
    return sort_certificates(module, pattern, 2, token, keys);
}

/* By the public keys where the token shows them, since that reads the least. */
static CK_RV search_session(CK_FUNCTION_LIST *module, const struct key *token, struct keys *keys)
{
    size_t before = keys->count;
    CK_RV rv = keys->search.chain ? CKR_OK : sort_those_of_keys(module, token, keys);
    return rv == CKR_OK && keys->count == before ? sort_all(module, token, keys) : rv;
}

/* The session stays open for the keys that were found. */
static CK_RV search_token(CK_FUNCTION_LIST *module, const struct key *slot, struct keys *keys)
{
    struct key token = *slot;
    size_t before = keys->count;
    CK_RV rv = module->C_OpenSession(token.slot, CKF_SERIAL_SESSION, NULL, NULL, &token.session);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = search_session(module, &token, keys);
    if (keys->count == before) {
        module->C_CloseSession(token.session);
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

/* Whether a key was found in this reader already. */
static bool has_reader(const struct keys *keys, const char *reader)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (strcmp(keys->list[i].reader, reader) == 0) {
            return true;
        }
    }
    return false;
}

static CK_RV search_slot(CK_FUNCTION_LIST *module, CK_SLOT_ID slot, struct keys *keys)
{
    struct key place = {.slot = slot};
    CK_SLOT_INFO reader;
    CK_RV rv = module->C_GetSlotInfo(slot, &reader);
    if (rv != CKR_OK) {
        return rv;
    }
    copy_padded(place.reader, reader.slotDescription, sizeof reader.slotDescription);
    return has_reader(keys, place.reader) ? CKR_OK : search_token(module, &place, keys);
}

enum status keys_find(CK_FUNCTION_LIST *module, const struct search *search, struct keys *keys)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    CK_RV rv = module->C_GetSlotList(CK_TRUE, slots, &count);
    if (rv != CKR_OK) {
        return status_from_ckr(rv);
    }
    if (count > SLOTS_MAX) {
        return STATUS_INTERNAL;
    }
    if (count == 0) {
        return status_of_no_token(module);
    }
    struct keys found = {.search = *search};
    bool login_first = search->purpose == TRUST_LOGIN;
    enum status status = STATUS_NO_CERTIFICATE;
    for (CK_ULONG i = 0; i < count; i++) {
        rv = search_slot(module, slots[login_first ? i : count - 1 - i], &found);
        if (rv != CKR_OK) {
            status = status_from_ckr(rv);
        }
    }
    if (found.count == 0) {
        keys_free(module, &found);
        return status;
    }
    *keys = found;
    return STATUS_OK;
}

void keys_free(CK_FUNCTION_LIST *module, struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        X509_free(keys->list[i].certificate);
        if (i == 0 || keys->list[i].session != keys->list[i - 1].session) {
            module->C_CloseSession(keys->list[i].session);
        }
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

static json_t *rule_json(const struct pin_rule *rule)
{
    return json_pack("{s:i, s:i, s:i}", "min", (int)rule->min, "max", (int)rule->max, "tries_left",
                     (int)rule->tries_left);
}

static json_t *key_json(const struct keys *keys, const struct key *key)
{
    json_t *pin = rule_json(&key->pin);
    json_t *states = json_pack("{s:b, s:b, s:b}", "blocked", key->pin.tries_left == 0, "not_set",
                               !key->pin_is_set, "pad", (int)key->pad);
    if (pin != NULL && json_object_update(pin, states) != 0) {
        json_decref(pin);
        pin = NULL;
    }
    json_decref(states);
    return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o*}", "reader", key->reader, "certificate",
                     certificate_json(key->certificate), "chain",
                     chain_json(keys, key->certificate), "algorithm", key->algorithm->name, "pin",
                     pin, "unblocking",
                     keys->search.unblocking ? rule_json(&key->unblocking) : NULL);
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
