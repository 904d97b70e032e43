#include "pkcs11/object.h"

#include <string.h>

#include "base/ckr.h"
#include "pkcs11/device.h"
#include "pkcs11/mechanism.h"

/* A handle: the device's count of cards, the kind, and the place in the device's list. */
#define HANDLE_INSERTION_SHIFT 16
#define HANDLE_KIND_SHIFT 8
#define HANDLE_INDEX_MASK 0xFF

enum kind { KIND_CERTIFICATE = 1, KIND_PUBLIC_KEY = 2, KIND_PRIVATE_KEY = 4 };
#define KIND_KEY (KIND_PUBLIC_KEY | KIND_PRIVATE_KEY)
#define KIND_ANY (KIND_CERTIFICATE | KIND_KEY)

/* CK_CERTIFICATE_CATEGORY, 4.6.2. */
#define CATEGORY_TOKEN_USER 1UL
#define CATEGORY_AUTHORITY 2UL

static enum kind kind_of(const struct object *object)
{
    switch (object->class) {
    case CKO_CERTIFICATE:
        return KIND_CERTIFICATE;
    case CKO_PUBLIC_KEY:
        return KIND_PUBLIC_KEY;
    default:
        return KIND_PRIVATE_KEY;
    }
}

static CK_OBJECT_HANDLE handle_of(const struct object *object)
{
    const struct device *device = object->token->device;
    size_t index = object->class == CKO_CERTIFICATE
                       ? (size_t)(object->certificate - device->certificates)
                       : (size_t)(object->key - device->keys.list);
    return (CK_OBJECT_HANDLE)device->insertion << HANDLE_INSERTION_SHIFT |
           (CK_OBJECT_HANDLE)kind_of(object) << HANDLE_KIND_SHIFT | index;
}

/* A certificate of one of the token's keys, or of no key at all. */
static bool token_shows(const struct token *token, const struct certificate *certificate)
{
    const struct pkcs15_keys *keys = &token->device->keys;
    for (size_t i = 0; i < keys->count; i++) {
        if (pkcs15_id_equal(&keys->list[i].id, &certificate->entry.id)) {
            return token_has_key(token, &keys->list[i]);
        }
    }
    return true;
}

static bool make_certificate(struct token *token, size_t index, struct object *object)
{
    struct device *device = token->device;
    if (index >= device->certificate_count || !token_shows(token, &device->certificates[index])) {
        return false;
    }
    *object = (struct object){
        .token = token, .class = CKO_CERTIFICATE, .certificate = &device->certificates[index]};
    return true;
}

static bool make_key(struct token *token, enum kind kind, size_t index, struct object *object)
{
    struct device *device = token->device;
    if (index >= device->keys.count || !token_has_key(token, &device->keys.list[index])) {
        return false;
    }
    const struct pkcs15_key *key = &device->keys.list[index];
    struct certificate *certificate = device_find_certificate(device, &key->id);
    if (kind == KIND_PUBLIC_KEY && certificate == NULL) {
        return false;
    }
    *object = (struct object){.token = token,
                              .class = kind == KIND_PUBLIC_KEY ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY,
                              .key = key,
                              .certificate = certificate};
    return true;
}

static bool make_object(struct token *token, enum kind kind, size_t index, struct object *object)
{
    return kind == KIND_CERTIFICATE ? make_certificate(token, index, object)
                                    : make_key(token, kind, index, object);
}

bool object_from_handle(struct token *token, CK_OBJECT_HANDLE handle, struct object *object)
{
    CK_OBJECT_HANDLE kind = handle >> HANDLE_KIND_SHIFT & 0xFF;
    if (handle >> HANDLE_INSERTION_SHIFT != token->device->insertion ||
        (kind != KIND_CERTIFICATE && kind != KIND_PUBLIC_KEY && kind != KIND_PRIVATE_KEY)) {
        return false;
    }
    return make_object(token, (enum kind)kind, handle & HANDLE_INDEX_MASK, object);
}

static CK_RV read_certificate(const struct object *object, struct certificate **certificate)
{
    struct device *device = object->token->device;
    struct certificate *found = object->certificate;
    if (found == NULL) {
        enum status status = device_list_certificates(device, &object->key->id);
        if (status != STATUS_OK) {
            return ckr_from_status(status);
        }
        found = device_find_certificate(device, &object->key->id);
    }
    if (found == NULL) {
        return CKR_OBJECT_HANDLE_INVALID;
    }
    enum status status = device_read_certificate(device, found);
    if (status != STATUS_OK) {
        return ckr_from_status(status);
    }
    *certificate = found;
    return CKR_OK;
}

bool object_is_visible(const struct object *object)
{
    return object->class != CKO_PRIVATE_KEY || token_user(object->token) == TOKEN_USER;
}

CK_RV object_certificate(const struct object *object, struct certificate **certificate)
{
    struct certificate *found = NULL;
    CK_RV rv = read_certificate(object, &found);
    if (rv == CKR_OK && !certificate_parse(found)) {
        rv = CKR_OBJECT_HANDLE_INVALID;
    }
    if (rv == CKR_OK) {
        *certificate = found;
    }
    return rv;
}

static CK_RV put_or_fail(bool done)
{
    return done ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV put_ulong(CK_ULONG value, struct buffer *out)
{
    return put_or_fail(put_bytes(out, &value, sizeof value));
}

static CK_RV put_bool(bool value, struct buffer *out)
{
    CK_BBOOL byte = value ? CK_TRUE : CK_FALSE;
    return put_or_fail(put_bytes(out, &byte, sizeof byte));
}

static CK_RV get_class(const struct object *object, struct buffer *out)
{
    return put_ulong(object->class, out);
}

static CK_RV get_label(const struct object *object, struct buffer *out)
{
    const char *label = object->class == CKO_CERTIFICATE ? object->certificate->entry.common.label
                                                         : object->key->common.label;
    return put_or_fail(put_bytes(out, label, strlen(label)));
}

static CK_RV get_id(const struct object *object, struct buffer *out)
{
    const struct pkcs15_id *id =
        object->class == CKO_CERTIFICATE ? &object->certificate->entry.id : &object->key->id;
    return put_or_fail(put_bytes(out, id->bytes, id->size));
}

static CK_RV get_key_type(const struct object *object, struct buffer *out)
{
    return put_ulong(object->key->type == PKCS15_KEY_RSA ? CKK_RSA : CKK_EC, out);
}

static CK_RV get_category(const struct object *object, struct buffer *out)
{
    return put_ulong(
        object->certificate->entry.authority ? CATEGORY_AUTHORITY : CATEGORY_TOKEN_USER, out);
}

static CK_RV get_signs(const struct object *object, struct buffer *out)
{
    return put_bool((object->key->usage & (PKCS15_USAGE_SIGN | PKCS15_USAGE_NON_REPUDIATION)) != 0,
                    out);
}

static CK_RV get_local(const struct object *object, struct buffer *out)
{
    return put_bool((object->key->access & PKCS15_ACCESS_LOCAL) != 0, out);
}

static CK_RV get_asks_always(const struct object *object, struct buffer *out)
{
    return put_bool(token_key_asks_always(object->key), out);
}

static CK_RV get_modulus_bits(const struct object *object, struct buffer *out)
{
    return object->key->type == PKCS15_KEY_RSA ? put_ulong(object->key->modulus_bits, out)
                                               : CKR_ATTRIBUTE_TYPE_INVALID;
}

static CK_RV put_tries(struct token *token, const struct pkcs15_pin *pin, struct buffer *out)
{
    uint32_t tries;
    enum status status = token_tries(token, pin, &tries);
    if (status != STATUS_OK) {
        return ckr_from_status(status);
    }
    return put_ulong(tries == CARD_TRIES_UNKNOWN ? CK_UNAVAILABLE_INFORMATION : tries, out);
}

static CK_RV get_tries_left(const struct object *object, struct buffer *out)
{
    return put_tries(object->token, object->token->pin, out);
}

static CK_RV put_rule(size_t min_size, size_t max_size, struct buffer *out)
{
    CK_RV rv = put_ulong(min_size, out);
    return rv == CKR_OK ? put_ulong(max_size, out) : rv;
}

static CK_RV get_pin_rules(const struct object *object, struct buffer *out)
{
    const struct pkcs15_pin *pin = object->token->pin;
    struct device *device = object->token->device;
    bool is_set;
    enum status status = token_pin_is_set(object->token, &is_set);
    if (status == STATUS_OK) {
        status = device_read_pad(device);
    }
    CK_RV rv = ckr_from_status(status);
    if (rv == CKR_OK) {
        rv = put_rule(pin->min_size, pin->max_size, out);
    }
    if (rv == CKR_OK) {
        rv = put_ulong(is_set ? 1 : 0, out);
    }
    return rv == CKR_OK ? put_ulong(device->pad.verify != 0 ? 1 : 0, out) : rv;
}

static CK_RV get_unblocking(const struct object *object, struct buffer *out)
{
    struct token *token = object->token;
    const struct pkcs15_pin *puk = token_puk(token);
    size_t transport_size = card_profile(token->device->card)->transport_size;
    bool is_set;
    enum status status = token_pin_is_set(token, &is_set);
    CK_RV rv = ckr_from_status(status);
    if (rv != CKR_OK) {
        return rv;
    }
    if (is_set && puk == NULL) {
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    rv = is_set ? put_rule(puk->min_size, puk->max_size, out)
                : put_rule(transport_size, transport_size, out);
    return rv == CKR_OK ? put_tries(token, is_set ? puk : token->pin, out) : rv;
}

static CK_RV get_mechanisms(const struct object *object, struct buffer *out)
{
    const struct mechanism *mechanism;
    const struct pkcs15_algorithm *raw = NULL;
    enum status status = device_find_raw_rsa(object->token->device, object->key, &raw);
    if (status != STATUS_OK) {
        return ckr_from_status(status);
    }
    for (size_t i = 0; (mechanism = mechanism_at(i)) != NULL; i++) {
        if (mechanism_fits(mechanism, object->key->type) &&
            (mechanism->kind != MECHANISM_RSA_PSS || raw != NULL) &&
            put_ulong(mechanism->type, out) != CKR_OK) {
            return CKR_HOST_MEMORY;
        }
    }
    return CKR_OK;
}

typedef bool (*put_from_certificate)(const struct certificate *, struct buffer *);

/* What stands in the certificate, for the certificate itself and for its keys. A key whose
 * certificate is not on the card has an empty value. */
static CK_RV get_from_certificate(const struct object *object, put_from_certificate put,
                                  struct buffer *out)
{
    struct certificate *certificate = NULL;
    CK_RV rv = object_certificate(object, &certificate);
    if (rv == CKR_OBJECT_HANDLE_INVALID && object->class != CKO_CERTIFICATE) {
        return CKR_OK;
    }
    return rv == CKR_OK ? put_or_fail(put(certificate, out)) : rv;
}

/* The parts of a public key of one type, which keys of the other do not have. */
static CK_RV get_from_key(const struct object *object, enum pkcs15_key_type type,
                          put_from_certificate put, struct buffer *out)
{
    return object->key->type == type ? get_from_certificate(object, put, out)
                                     : CKR_ATTRIBUTE_TYPE_INVALID;
}

static CK_RV get_value(const struct object *object, struct buffer *out)
{
    struct certificate *certificate = NULL;
    CK_RV rv = read_certificate(object, &certificate);
    return rv == CKR_OK ? put_or_fail(certificate_put_value(certificate, out)) : rv;
}

#define GET_FROM_CERTIFICATE(part)                                                                 \
    static CK_RV get_##part(const struct object *object, struct buffer *out)                       \
    {                                                                                              \
        return get_from_certificate(object, certificate_put_##part, out);                          \
    }
#define GET_FROM_KEY(part, type)                                                                   \
    static CK_RV get_##part(const struct object *object, struct buffer *out)                       \
    {                                                                                              \
        return get_from_key(object, type, certificate_put_##part, out);                            \
    }
GET_FROM_CERTIFICATE(subject)
GET_FROM_CERTIFICATE(issuer)
GET_FROM_CERTIFICATE(serial)
GET_FROM_CERTIFICATE(key_info)
GET_FROM_CERTIFICATE(start)
GET_FROM_CERTIFICATE(end)
GET_FROM_KEY(modulus, PKCS15_KEY_RSA)
GET_FROM_KEY(exponent, PKCS15_KEY_RSA)
GET_FROM_KEY(curve, PKCS15_KEY_EC)
GET_FROM_KEY(point, PKCS15_KEY_EC)

enum form { FORM_GET, FORM_FALSE, FORM_TRUE, FORM_NUMBER, FORM_EMPTY, FORM_SENSITIVE };

static const struct attribute {
    CK_ATTRIBUTE_TYPE type;
    unsigned kinds; /* of enum kind */
    enum form form;
    CK_ULONG number;
    CK_RV (*get)(const struct object *object, struct buffer *out);
} attributes[] = {
    {CKA_CLASS, KIND_ANY, FORM_GET, 0, get_class},
    {CKA_TOKEN, KIND_ANY, FORM_TRUE, 0, NULL},
    {CKA_PRIVATE, KIND_CERTIFICATE | KIND_PUBLIC_KEY, FORM_FALSE, 0, NULL},
    {CKA_PRIVATE, KIND_PRIVATE_KEY, FORM_TRUE, 0, NULL},
    {CKA_MODIFIABLE, KIND_ANY, FORM_FALSE, 0, NULL},
    {CKA_COPYABLE, KIND_ANY, FORM_FALSE, 0, NULL},
    {CKA_DESTROYABLE, KIND_ANY, FORM_FALSE, 0, NULL},
    {CKA_LABEL, KIND_ANY, FORM_GET, 0, get_label},
    {CKA_ID, KIND_ANY, FORM_GET, 0, get_id},
    {CKA_SUBJECT, KIND_ANY, FORM_GET, 0, get_subject},
    {CKA_PUBLIC_KEY_INFO, KIND_ANY, FORM_GET, 0, get_key_info},

    {CKA_CERTIFICATE_TYPE, KIND_CERTIFICATE, FORM_NUMBER, CKC_X_509, NULL},
    {CKA_CERTIFICATE_CATEGORY, KIND_CERTIFICATE, FORM_GET, 0, get_category},
    {CKA_JAVA_MIDP_SECURITY_DOMAIN, KIND_CERTIFICATE, FORM_NUMBER, 0, NULL},
    {CKA_TRUSTED, KIND_CERTIFICATE | KIND_PUBLIC_KEY, FORM_FALSE, 0, NULL},
    {CKA_VALUE, KIND_CERTIFICATE, FORM_GET, 0, get_value},
    {CKA_ISSUER, KIND_CERTIFICATE, FORM_GET, 0, get_issuer},
    {CKA_SERIAL_NUMBER, KIND_CERTIFICATE, FORM_GET, 0, get_serial},
    {CKA_START_DATE, KIND_CERTIFICATE, FORM_GET, 0, get_start},
    {CKA_END_DATE, KIND_CERTIFICATE, FORM_GET, 0, get_end},
    {CKA_URL, KIND_CERTIFICATE, FORM_EMPTY, 0, NULL},

    {CKA_KEY_TYPE, KIND_KEY, FORM_GET, 0, get_key_type},
    {CKA_LOCAL, KIND_KEY, FORM_GET, 0, get_local},
    {CKA_KEY_GEN_MECHANISM, KIND_KEY, FORM_NUMBER, CK_UNAVAILABLE_INFORMATION, NULL},
    {CKA_ALLOWED_MECHANISMS, KIND_KEY, FORM_GET, 0, get_mechanisms},
    {CKA_DERIVE, KIND_KEY, FORM_FALSE, 0, NULL},
    {CKA_START_DATE, KIND_KEY, FORM_EMPTY, 0, NULL},
    {CKA_END_DATE, KIND_KEY, FORM_EMPTY, 0, NULL},
    {CKA_MODULUS, KIND_KEY, FORM_GET, 0, get_modulus},
    {CKA_PUBLIC_EXPONENT, KIND_KEY, FORM_GET, 0, get_exponent},
    {CKA_EC_PARAMS, KIND_KEY, FORM_GET, 0, get_curve},
    {CKA_PIRADI_PIN_TRIES_LEFT, KIND_KEY, FORM_GET, 0, get_tries_left},
    {CKA_PIRADI_PIN_RULES, KIND_KEY, FORM_GET, 0, get_pin_rules},
    {CKA_PIRADI_UNBLOCKING, KIND_KEY, FORM_GET, 0, get_unblocking},

    {CKA_MODULUS_BITS, KIND_PUBLIC_KEY, FORM_GET, 0, get_modulus_bits},
    {CKA_EC_POINT, KIND_PUBLIC_KEY, FORM_GET, 0, get_point},
    {CKA_VERIFY, KIND_PUBLIC_KEY, FORM_GET, 0, get_signs},
    {CKA_VERIFY_RECOVER, KIND_PUBLIC_KEY, FORM_FALSE, 0, NULL},
    {CKA_ENCRYPT, KIND_PUBLIC_KEY, FORM_FALSE, 0, NULL},
    {CKA_WRAP, KIND_PUBLIC_KEY, FORM_FALSE, 0, NULL},

    {CKA_SIGN, KIND_PRIVATE_KEY, FORM_GET, 0, get_signs},
    {CKA_SIGN_RECOVER, KIND_PRIVATE_KEY, FORM_FALSE, 0, NULL},
    {CKA_DECRYPT, KIND_PRIVATE_KEY, FORM_FALSE, 0, NULL},
    {CKA_UNWRAP, KIND_PRIVATE_KEY, FORM_FALSE, 0, NULL},
    {CKA_WRAP_WITH_TRUSTED, KIND_PRIVATE_KEY, FORM_FALSE, 0, NULL},
    {CKA_SENSITIVE, KIND_PRIVATE_KEY, FORM_TRUE, 0, NULL},
    {CKA_ALWAYS_SENSITIVE, KIND_PRIVATE_KEY, FORM_TRUE, 0, NULL},
    {CKA_EXTRACTABLE, KIND_PRIVATE_KEY, FORM_FALSE, 0, NULL},
    {CKA_NEVER_EXTRACTABLE, KIND_PRIVATE_KEY, FORM_TRUE, 0, NULL},
    {CKA_ALWAYS_AUTHENTICATE, KIND_PRIVATE_KEY, FORM_GET, 0, get_asks_always},
    {CKA_PRIVATE_EXPONENT, KIND_PRIVATE_KEY, FORM_SENSITIVE, 0, NULL},
    {CKA_PRIME_1, KIND_PRIVATE_KEY, FORM_SENSITIVE, 0, NULL},
    {CKA_PRIME_2, KIND_PRIVATE_KEY, FORM_SENSITIVE, 0, NULL},
    {CKA_EXPONENT_1, KIND_PRIVATE_KEY, FORM_SENSITIVE, 0, NULL},
    {CKA_EXPONENT_2, KIND_PRIVATE_KEY, FORM_SENSITIVE, 0, NULL},
    {CKA_COEFFICIENT, KIND_PRIVATE_KEY, FORM_SENSITIVE, 0, NULL},
    {CKA_VALUE, KIND_PRIVATE_KEY, FORM_SENSITIVE, 0, NULL},
};

static CK_RV put_attribute(const struct attribute *attribute, const struct object *object,
                           struct buffer *out)
{
    switch (attribute->form) {
    case FORM_GET:
        return attribute->get(object, out);
    case FORM_FALSE:
        return put_bool(false, out);
    case FORM_TRUE:
        return put_bool(true, out);
    case FORM_NUMBER:
        return put_ulong(attribute->number, out);
    case FORM_EMPTY:
        return CKR_OK;
    case FORM_SENSITIVE:
        return CKR_ATTRIBUTE_SENSITIVE;
    }
    return CKR_ATTRIBUTE_TYPE_INVALID;
}

CK_RV object_get_attribute(const struct object *object, CK_ATTRIBUTE_TYPE type, struct buffer *out)
{
    unsigned kind = kind_of(object);
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (attributes[i].type == type && (attributes[i].kinds & kind) != 0) {
            return put_attribute(&attributes[i], object, out);
        }
    }
    return CKR_ATTRIBUTE_TYPE_INVALID;
}

/* An attribute that the object does not have, or cannot show, matches nothing. */
static CK_RV matches_one(const struct object *object, const CK_ATTRIBUTE *wanted, bool *matches)
{
    struct buffer value;
    buffer_init(&value, OBJECT_ATTRIBUTE_MAX);
    CK_RV rv = object_get_attribute(object, wanted->type, &value);
    *matches = rv == CKR_OK && value.size == wanted->ulValueLen &&
               (value.size == 0 || memcmp(value.bytes, wanted->pValue, value.size) == 0);
    buffer_free(&value);
    bool lacks_it = rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
                    rv == CKR_OBJECT_HANDLE_INVALID;
    return lacks_it ? CKR_OK : rv;
}

static CK_RV matches_all(const struct object *object, const CK_ATTRIBUTE *template, CK_ULONG count,
                         bool *matches)
{
    *matches = true;
    for (CK_ULONG i = 0; *matches && i < count; i++) {
        CK_RV rv = matches_one(object, &template[i], matches);
        if (rv != CKR_OK) {
            return rv;
        }
    }
    return CKR_OK;
}

static const CK_ATTRIBUTE *find_attribute(const CK_ATTRIBUTE *template, CK_ULONG count,
                                          CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].type == type) {
            return &template[i];
        }
    }
    return NULL;
}

static bool is_of_class(const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_CLASS wanted)
{
    const CK_ATTRIBUTE *class = find_attribute(template, count, CKA_CLASS);
    return class != NULL && class->ulValueLen == sizeof wanted &&
           memcmp(class->pValue, &wanted, sizeof wanted) == 0;
}

/* As far as the certificates of the token's own keys. */
static enum status list_for_keys(const struct token *token)
{
    struct device *device = token->device;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < device->keys.count; i++) {
        const struct pkcs15_key *key = &device->keys.list[i];
        if (token_has_key(token, key)) {
            status = device_list_certificates(device, &key->id);
        }
    }
    return status;
}

/* Reads no more of the card than the search needs: none of the certificates' directories for a
 * private key, and none beyond those that have the certificates of the keys that are asked for. */
static enum status list_for_search(const struct token *token, const CK_ATTRIBUTE *template,
                                   CK_ULONG count)
{
    struct device *device = token->device;
    const CK_ATTRIBUTE *id = find_attribute(template, count, CKA_ID);
    if (is_of_class(template, count, CKO_PRIVATE_KEY)) {
        return STATUS_OK;
    }
    for (size_t i = 0; id != NULL && i < device->keys.count; i++) {
        const struct pkcs15_id *key_id = &device->keys.list[i].id;
        if (key_id->size == id->ulValueLen &&
            memcmp(key_id->bytes, id->pValue, key_id->size) == 0) {
            return device_list_certificates(device, key_id);
        }
    }
    return is_of_class(template, count, CKO_PUBLIC_KEY) ? list_for_keys(token)
                                                        : device_list_certificates(device, NULL);
}

static CK_RV search_kind(struct token *token, enum kind kind, const CK_ATTRIBUTE *template,
                         CK_ULONG count, CK_OBJECT_HANDLE *handles, size_t *found)
{
    const struct device *device = token->device;
    size_t end = kind == KIND_CERTIFICATE ? device->certificate_count : device->keys.count;
    for (size_t i = 0; i < end; i++) {
        struct object object;
        bool matches;
        if (!make_object(token, kind, i, &object) || !object_is_visible(&object)) {
            continue;
        }
        CK_RV rv = matches_all(&object, template, count, &matches);
        if (rv != CKR_OK) {
            return rv;
        }
        if (matches) {
            handles[(*found)++] = handle_of(&object);
        }
    }
    return CKR_OK;
}

CK_RV object_search(struct token *token, const CK_ATTRIBUTE *template, CK_ULONG count,
                    CK_OBJECT_HANDLE handles[OBJECTS_MAX], size_t *found)
{
    static const enum kind kinds[] = {KIND_PRIVATE_KEY, KIND_PUBLIC_KEY, KIND_CERTIFICATE};
    *found = 0;
    enum status status = list_for_search(token, template, count);
    if (status != STATUS_OK) {
        return ckr_from_status(status);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        CK_RV rv = search_kind(token, kinds[i], template, count, handles, found);
        if (rv != CKR_OK) {
            return rv;
        }
    }
    return CKR_OK;
}
