#include "pkcs11/pkcs15.h"

#include <string.h>

#include "base/buffer.h"
#include "pkcs11/tlv.h"

#define CONTEXT(number) (TLV_CONTEXT_PRIMITIVE | (number))
#define CONTEXT_CONSTRUCTED(number) (TLV_CONTEXT_CONSTRUCTED | (number))

/* No file on a card is longer; offsets of READ BINARY reach no further. */
#define FILE_SIZE_MAX 0x7FFF

/* A label is a card's word to a person: cut at a character, without control characters. */
static void copy_label(struct reader text, char label[PKCS15_LABEL_SIZE])
{
    size_t size = text.left < PKCS15_LABEL_SIZE ? text.left : PKCS15_LABEL_SIZE - 1;
    if (size < text.left) {
        while (size > 0 && (text.next[size] & 0xC0) == 0x80) {
            size--;
        }
    }
    memset(label, 0, PKCS15_LABEL_SIZE);
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = text.next[i];
        label[i] = (char)(byte < 0x20 || byte == 0x7F ? ' ' : byte);
    }
}

static bool get_id(struct reader *reader, struct pkcs15_id *id)
{
    struct reader rest = *reader;
    struct reader value;
    if (!tlv_get_tagged(&rest, TLV_OCTET_STRING, &value) || value.left == 0 ||
        value.left > PKCS15_ID_MAX) {
        return false;
    }
    memcpy(id->bytes, value.next, value.left);
    id->size = value.left;
    *reader = rest;
    return true;
}

static void get_optional_unsigned(struct reader *reader, uint16_t tag, uint32_t *value)
{
    uint32_t number;
    if (tlv_get_unsigned(reader, tag, &number)) {
        *value = number;
    }
}

static void get_optional_bits(struct reader *reader, uint32_t *bits)
{
    uint32_t found;
    if (tlv_get_bits(reader, &found)) {
        *bits = found;
    }
}

static bool get_path_bytes(struct reader *reader, struct pkcs15_path *path)
{
    struct reader value;
    if (!tlv_get_tagged(reader, TLV_OCTET_STRING, &value) || value.left < 2 ||
        value.left % 2 != 0 || value.left > PKCS15_PATH_MAX) {
        return false;
    }
    memcpy(path->bytes, value.next, value.left);
    path->size = value.left;
    return true;
}

/* Path ::= SEQUENCE { path OCTET STRING, index INTEGER OPTIONAL, length [0] INTEGER OPTIONAL } */
static bool get_location(struct reader *reader, struct pkcs15_location *location)
{
    struct reader path;
    uint32_t offset = 0;
    uint32_t size = 0;
    *location = (struct pkcs15_location){0};
    if (!tlv_get_tagged(reader, TLV_SEQUENCE, &path) || !get_path_bytes(&path, &location->path)) {
        return false;
    }
    get_optional_unsigned(&path, TLV_INTEGER, &offset);
    get_optional_unsigned(&path, CONTEXT(0), &size);
    location->offset = offset;
    location->size = size;
    return offset <= FILE_SIZE_MAX && size <= FILE_SIZE_MAX;
}

static struct pkcs15_files *files_of(struct pkcs15_odf *odf, uint16_t tag)
{
    switch (tag) {
    case CONTEXT_CONSTRUCTED(0):
        return &odf->private_keys;
    case CONTEXT_CONSTRUCTED(4): /* certificates */
    case CONTEXT_CONSTRUCTED(5): /* trustedCertificates */
    case CONTEXT_CONSTRUCTED(6): /* usefulCertificates */
        return &odf->certificates;
    case CONTEXT_CONSTRUCTED(8):
        return &odf->authentication_objects;
    default:
        return NULL;
    }
}

/* The card's own certificates come before those that it trusts. */
static void add_file(struct pkcs15_files *files, const struct pkcs15_location *location, bool first)
{
    if (files->count == PKCS15_FILES_MAX) {
        return;
    }
    size_t place = first ? 0 : files->count;
    memmove(&files->list[place + 1], &files->list[place],
            (files->count - place) * sizeof *files->list);
    files->list[place] = *location;
    files->count++;
}

bool pkcs15_parse_odf(const uint8_t *bytes, size_t size, struct pkcs15_odf *odf)
{
    struct pkcs15_odf parsed = {0};
    struct reader reader = reader_of(bytes, size);
    struct reader entry;
    uint16_t tag;
    while (tlv_get(&reader, &tag, &entry)) {
        struct pkcs15_files *files = files_of(&parsed, tag);
        struct pkcs15_location location;
        if (files != NULL && get_location(&entry, &location)) {
            add_file(files, &location, tag == CONTEXT_CONSTRUCTED(4));
        }
    }
    if (parsed.private_keys.count == 0 || parsed.authentication_objects.count == 0) {
        return false;
    }
    *odf = parsed;
    return true;
}

#define OPERATION_COMPUTE_SIGNATURE (1U << 1)

/* AlgorithmInfo ::= SEQUENCE { reference, algorithm, parameters, supportedOperations, objId
 * OPTIONAL, algRef OPTIONAL }. What has parameters or cannot be chosen is of no use. */
static bool get_algorithm(struct reader body, struct pkcs15_algorithm *algorithm)
{
    uint32_t operations;
    uint32_t in_card;
    if (!tlv_get_unsigned(&body, TLV_INTEGER, &algorithm->reference) ||
        !tlv_get_unsigned(&body, TLV_INTEGER, &algorithm->mechanism)) {
        return false;
    }
    tlv_skip(&body, TLV_NULL);
    if (!tlv_get_bits(&body, &operations) || (operations & OPERATION_COMPUTE_SIGNATURE) == 0) {
        return false;
    }
    tlv_skip(&body, TLV_OBJECT_IDENTIFIER);
    if (!tlv_get_unsigned(&body, TLV_INTEGER, &in_card) || in_card > UINT8_MAX) {
        return false;
    }
    algorithm->in_card = (uint8_t)in_card;
    return true;
}

static void get_algorithms(struct reader list, struct pkcs15_token_info *info)
{
    struct reader body;
    while (info->algorithm_count < PKCS15_ALGORITHMS_MAX &&
           tlv_get_tagged(&list, TLV_SEQUENCE, &body)) {
        if (get_algorithm(body, &info->algorithms[info->algorithm_count])) {
            info->algorithm_count++;
        }
    }
}

bool pkcs15_parse_token_info(const uint8_t *bytes, size_t size, struct pkcs15_token_info *info)
{
    struct pkcs15_token_info parsed = {0};
    struct reader file = reader_of(bytes, size);
    struct reader body;
    struct reader value;
    uint32_t version;
    if (!tlv_get_tagged(&file, TLV_SEQUENCE, &body) ||
        !tlv_get_unsigned(&body, TLV_INTEGER, &version) ||
        !tlv_get_tagged(&body, TLV_OCTET_STRING, &value) || value.left > PKCS15_SERIAL_MAX) {
        return false;
    }
    memcpy(parsed.serial, value.next, value.left);
    parsed.serial_size = value.left;
    if (tlv_get_tagged(&body, TLV_UTF8_STRING, &value)) {
        copy_label(value, parsed.manufacturer);
    }
    if (tlv_get_tagged(&body, CONTEXT(0), &value)) {
        copy_label(value, parsed.label);
    }
    tlv_skip(&body, TLV_BIT_STRING);         /* tokenflags */
    tlv_skip(&body, TLV_SEQUENCE);           /* seInfo */
    tlv_skip(&body, CONTEXT_CONSTRUCTED(1)); /* recordInfo */
    if (tlv_get_tagged(&body, CONTEXT_CONSTRUCTED(2), &value)) {
        get_algorithms(value, &parsed);
    }
    *info = parsed;
    return true;
}

/* A PKCS15Object (6.1.8): common and class attributes, then the attributes of its type. */
struct entry {
    struct reader class_attributes;
    struct reader type_attributes; /* what stands in the SEQUENCE inside [1] */
};

static bool get_common(struct reader *object, struct pkcs15_common *common)
{
    struct reader body;
    struct reader value;
    *common = (struct pkcs15_common){0};
    if (!tlv_get_tagged(object, TLV_SEQUENCE, &body)) {
        return false;
    }
    if (tlv_get_tagged(&body, TLV_UTF8_STRING, &value)) {
        copy_label(value, common->label);
    }
    tlv_skip(&body, TLV_BIT_STRING); /* private, modifiable: the card enforces them */
    get_id(&body, &common->auth_id);
    get_optional_unsigned(&body, TLV_INTEGER, &common->user_consent);
    return true;
}

static bool get_entry(struct reader object, struct pkcs15_common *common, struct entry *entry)
{
    struct reader tagged;
    if (!get_common(&object, common) ||
        !tlv_get_tagged(&object, TLV_SEQUENCE, &entry->class_attributes)) {
        return false;
    }
    tlv_skip(&object, CONTEXT_CONSTRUCTED(0)); /* subclass attributes */
    return tlv_get_tagged(&object, CONTEXT_CONSTRUCTED(1), &tagged) &&
           tlv_get_tagged(&tagged, TLV_SEQUENCE, &entry->type_attributes);
}

/* PinAttributes ::= SEQUENCE { pinFlags, pinType, minLength, storedLength, maxLength OPTIONAL,
 * pinReference [0] DEFAULT 0, padChar OPTIONAL, lastPinChange OPTIONAL, path OPTIONAL } */
static bool get_pin_attributes(struct reader body, struct pkcs15_pin *pin)
{
    uint32_t min;
    uint32_t stored;
    uint32_t max;
    uint32_t reference = 0;
    struct reader pad;
    struct pkcs15_location location;
    if (!tlv_get_bits(&body, &pin->flags) || !tlv_get_unsigned(&body, TLV_ENUMERATED, &pin->type) ||
        !tlv_get_unsigned(&body, TLV_INTEGER, &min) ||
        !tlv_get_unsigned(&body, TLV_INTEGER, &stored)) {
        return false;
    }
    max = stored;
    get_optional_unsigned(&body, TLV_INTEGER, &max);
    get_optional_unsigned(&body, CONTEXT(0), &reference);
    if (min > max || max > PKCS15_PIN_SIZE_MAX || stored > PKCS15_PIN_SIZE_MAX ||
        reference > UINT8_MAX) {
        return false;
    }
    pin->min_size = min;
    pin->max_size = max;
    pin->stored_size = stored;
    pin->reference = (uint8_t)reference;
    if (tlv_get_tagged(&body, TLV_OCTET_STRING, &pad) && pad.left == 1) {
        pin->pad = pad.next[0];
    }
    tlv_skip(&body, TLV_GENERALIZED_TIME);
    if (get_location(&body, &location)) {
        pin->path = location.path;
    }
    return true;
}

/* CommonAuthenticationObjectAttributes ::= SEQUENCE { authId Identifier } */
static bool get_pin(struct reader object, struct pkcs15_pin *pin)
{
    struct entry entry;
    *pin = (struct pkcs15_pin){0};
    return get_entry(object, &pin->common, &entry) && get_id(&entry.class_attributes, &pin->id) &&
           get_pin_attributes(entry.type_attributes, pin);
}

void pkcs15_add_pins(const uint8_t *bytes, size_t size, struct pkcs15_pins *pins)
{
    struct reader reader = reader_of(bytes, size);
    struct reader object;
    uint16_t tag;
    while (pins->count < PKCS15_PINS_MAX && tlv_get(&reader, &tag, &object)) {
        if (tag == TLV_SEQUENCE && get_pin(object, &pins->list[pins->count])) {
            pins->count++;
        }
    }
}

/* PrivateRSAKeyAttributes ::= SEQUENCE { value ObjectValue, modulusLength INTEGER, … } */
static bool get_key_attributes(struct reader body, struct pkcs15_key *key)
{
    struct pkcs15_location location;
    uint32_t bits;
    if (!get_location(&body, &location)) {
        return false;
    }
    key->path = location.path;
    if (key->type == PKCS15_KEY_EC) {
        return true;
    }
    if (!tlv_get_unsigned(&body, TLV_INTEGER, &bits) || bits < PKCS15_RSA_BITS_MIN ||
        bits > PKCS15_RSA_BITS_MAX || bits % 8 != 0) {
        return false;
    }
    key->modulus_bits = bits;
    return true;
}

static void get_algorithm_references(struct reader *reader, struct pkcs15_key *key)
{
    struct reader list;
    if (!tlv_get_tagged(reader, CONTEXT_CONSTRUCTED(1), &list)) {
        return;
    }
    while (key->algorithm_count < PKCS15_ALGORITHMS_MAX &&
           tlv_get_unsigned(&list, TLV_INTEGER, &key->algorithms[key->algorithm_count])) {
        key->algorithm_count++;
    }
}

/* CommonKeyAttributes ::= SEQUENCE { iD, usage, native BOOLEAN DEFAULT TRUE, accessFlags OPTIONAL,
 * keyReference INTEGER OPTIONAL, startDate OPTIONAL, endDate [0] OPTIONAL, algReference [1]
 * OPTIONAL } */
static bool get_key(struct reader object, enum pkcs15_key_type type, struct pkcs15_key *key)
{
    struct entry entry;
    uint32_t reference;
    *key = (struct pkcs15_key){.type = type};
    if (!get_entry(object, &key->common, &entry) || !get_id(&entry.class_attributes, &key->id) ||
        !tlv_get_bits(&entry.class_attributes, &key->usage)) {
        return false;
    }
    tlv_skip(&entry.class_attributes, TLV_BOOLEAN);
    get_optional_bits(&entry.class_attributes, &key->access);
    if (!tlv_get_unsigned(&entry.class_attributes, TLV_INTEGER, &reference) ||
        reference > UINT8_MAX) {
        return false;
    }
    key->reference = (uint8_t)reference;
    tlv_skip(&entry.class_attributes, TLV_GENERALIZED_TIME);
    tlv_skip(&entry.class_attributes, CONTEXT(0));
    get_algorithm_references(&entry.class_attributes, key);
    return get_key_attributes(entry.type_attributes, key);
}

void pkcs15_add_keys(const uint8_t *bytes, size_t size, struct pkcs15_keys *keys)
{
    struct reader reader = reader_of(bytes, size);
    struct reader object;
    uint16_t tag;
    while (keys->count < PKCS15_KEYS_MAX && tlv_get(&reader, &tag, &object)) {
        bool is_rsa = tag == TLV_SEQUENCE;
        bool is_ec = tag == CONTEXT_CONSTRUCTED(0);
        if ((is_rsa || is_ec) &&
            get_key(object, is_rsa ? PKCS15_KEY_RSA : PKCS15_KEY_EC, &keys->list[keys->count])) {
            keys->count++;
        }
    }
}

/* CommonCertificateAttributes ::= SEQUENCE { iD, authority BOOLEAN DEFAULT FALSE, … };
 * X509CertificateAttributes ::= SEQUENCE { value ObjectValue, … } */
static bool get_certificate(struct reader object, struct pkcs15_certificate *certificate)
{
    struct entry entry;
    struct reader authority;
    *certificate = (struct pkcs15_certificate){0};
    if (!get_entry(object, &certificate->common, &entry) ||
        !get_id(&entry.class_attributes, &certificate->id)) {
        return false;
    }
    certificate->authority = tlv_get_tagged(&entry.class_attributes, TLV_BOOLEAN, &authority) &&
                             authority.left == 1 && authority.next[0] != 0;
    return get_location(&entry.type_attributes, &certificate->value);
}

void pkcs15_add_certificates(const uint8_t *bytes, size_t size,
                             struct pkcs15_certificates *certificates)
{
    struct reader reader = reader_of(bytes, size);
    struct reader object;
    uint16_t tag;
    while (certificates->count < PKCS15_CERTIFICATES_MAX && tlv_get(&reader, &tag, &object)) {
        if (tag == TLV_SEQUENCE &&
            get_certificate(object, &certificates->list[certificates->count])) {
            certificates->count++;
        }
    }
}

/* Application template 61: AID 4F, path 51, in any order. */
static bool get_application(struct reader template, struct pkcs15_path *path)
{
    struct pkcs15_path found = {0};
    bool named = false;
    struct reader value;
    uint16_t tag;
    while (tlv_get(&template, &tag, &value)) {
        if (tag == 0x4F) {
            named = value.left == PKCS15_AID_SIZE &&
                    memcmp(value.next, PKCS15_AID, PKCS15_AID_SIZE) == 0;
        } else if (tag == 0x51 && value.left <= PKCS15_PATH_MAX && value.left % 2 == 0) {
            memcpy(found.bytes, value.next, value.left);
            found.size = value.left;
        }
    }
    if (!named || found.size == 0) {
        return false;
    }
    *path = found;
    return true;
}

bool pkcs15_find_application(const uint8_t *bytes, size_t size, struct pkcs15_path *path)
{
    struct reader reader = reader_of(bytes, size);
    struct reader template;
    uint16_t tag;
    while (tlv_get(&reader, &tag, &template)) {
        if (tag == 0x61 && get_application(template, path)) {
            return true;
        }
    }
    return false;
}

static bool key_names(const struct pkcs15_key *key, uint32_t reference)
{
    bool named = key->algorithm_count == 0;
    for (size_t i = 0; i < key->algorithm_count; i++) {
        named = named || key->algorithms[i] == reference;
    }
    return named;
}

const struct pkcs15_algorithm *pkcs15_find_algorithm(const struct pkcs15_token_info *info,
                                                     const struct pkcs15_key *key,
                                                     uint32_t mechanism)
{
    for (size_t i = 0; i < info->algorithm_count; i++) {
        const struct pkcs15_algorithm *algorithm = &info->algorithms[i];
        if (algorithm->mechanism == mechanism && key_names(key, algorithm->reference)) {
            return algorithm;
        }
    }
    return NULL;
}

bool pkcs15_id_equal(const struct pkcs15_id *a, const struct pkcs15_id *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

const struct pkcs15_pin *pkcs15_find_pin(const struct pkcs15_pins *pins, const struct pkcs15_id *id)
{
    for (size_t i = 0; id->size > 0 && i < pins->count; i++) {
        if (pkcs15_id_equal(&pins->list[i].id, id)) {
            return &pins->list[i];
        }
    }
    return NULL;
}

struct pkcs15_path pkcs15_parent(const struct pkcs15_path *path)
{
    struct pkcs15_path parent = *path;
    parent.size = path->size >= 2 ? path->size - 2 : 0;
    return parent;
}

bool pkcs15_path_equal(const struct pkcs15_path *a, const struct pkcs15_path *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

bool pkcs15_path_is_absolute(const struct pkcs15_path *path)
{
    return path->size >= 2 && path->bytes[0] == 0x3F && path->bytes[1] == 0x00;
}
