#include "tests/card/image.h"

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tests/card/hex.h"

#define FORMAT "piradi-card-image-1"
#define PATH_SIZE_MAX 16

static bool complain(const char *what)
{
    log_error("card image: wrong or missing: %s", what);
    return false;
}

static bool load_bytes(const json_t *object, const char *name, uint8_t *bytes, size_t room,
                       size_t *size)
{
    const char *text = json_string_value(json_object_get(object, name));
    return (text != NULL && hex_decode(text, bytes, room, size)) || complain(name);
}

static bool load_byte(const json_t *object, const char *name, uint8_t *byte)
{
    uint8_t value;
    size_t size;
    if (!load_bytes(object, name, &value, 1, &size) || size != 1) {
        return false;
    }
    *byte = value;
    return true;
}

static bool load_number(const json_t *object, const char *name, json_int_t minimum,
                        json_int_t maximum, size_t *number)
{
    const json_t *value = json_object_get(object, name);
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < minimum || n > maximum) {
        return complain(name);
    }
    *number = (size_t)n;
    return true;
}

static bool load_u16(const json_t *object, const char *name, uint16_t *value)
{
    uint8_t bytes[2];
    size_t size;
    if (!load_bytes(object, name, bytes, sizeof bytes, &size) || size != sizeof bytes) {
        return false;
    }
    *value = (uint16_t)(bytes[0] << 8 | bytes[1]);
    return true;
}

static bool load_bool(const json_t *object, const char *name, bool *flag)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_boolean(value)) {
        return complain(name);
    }
    *flag = json_is_true(value);
    return true;
}

/* *content is the file's, even when this fails. */
static bool load_content(const json_t *object, const char *name, uint8_t **content, size_t *size)
{
    const char *text = json_string_value(json_object_get(object, name));
    size_t room = text != NULL ? strlen(text) / 2 : 0;
    if (text == NULL || room > FILE_SIZE_MAX) {
        return complain(name);
    }
    *content = malloc(room + 1);
    if (*content == NULL) {
        return complain("memory");
    }
    return hex_decode(text, *content, room, size) || complain(name);
}

static bool load_settled(const json_t *object, struct file *file)
{
    size_t size;
    if (json_object_get(object, "settled") == NULL) {
        return true;
    }
    return load_content(object, "settled", &file->settled, &size) &&
           (size == file->size || complain("settled"));
}

static bool load_access(const json_t *object, struct file *file)
{
    const char *read = json_string_value(json_object_get(object, "read"));
    if (read != NULL && strcmp(read, "always") == 0) {
        return true;
    }
    file->read = FILE_ACCESS_PIN;
    return load_byte(object, "read", &file->read_pin);
}

static bool load_transparent(const json_t *object, struct file *file)
{
    size_t sfi = 0;
    if (json_object_get(object, "sfi") != NULL &&
        !load_number(object, "sfi", 1, FILE_SFI_MAX, &sfi)) {
        return false;
    }
    file->sfi = (uint8_t)sfi;
    return load_access(object, file) &&
           load_content(object, "content", &file->content, &file->size) &&
           load_settled(object, file);
}

static enum file_kind kind_of(const json_t *object)
{
    if (json_object_get(object, "children") != NULL) {
        return FILE_DIRECTORY;
    }
    return json_is_true(json_object_get(object, "internal")) ? FILE_INTERNAL : FILE_TRANSPARENT;
}

static struct file *load_file(const json_t *object);

static bool load_directory(const json_t *object, struct file *directory)
{
    size_t index;
    json_t *item;
    if (json_object_get(object, "name") != NULL &&
        !load_bytes(object, "name", directory->name, sizeof directory->name,
                    &directory->name_size)) {
        return false;
    }
    json_array_foreach (json_object_get(object, "children"), index, item) {
        struct file *child = load_file(item);
        if (child == NULL) {
            return false;
        }
        if (!file_add(directory, child)) {
            file_free(&child);
            return complain("id or sfi (used twice)");
        }
    }
    return true;
}

static struct file *load_file(const json_t *object)
{
    uint16_t id;
    if (!load_u16(object, "id", &id)) {
        return NULL;
    }
    struct file *file = file_new(kind_of(object), id);
    if (file == NULL) {
        return NULL;
    }
    bool loaded = true;
    if (file->kind == FILE_DIRECTORY) {
        loaded = load_directory(object, file);
    } else if (file->kind == FILE_TRANSPARENT) {
        loaded = load_transparent(object, file);
    }
    if (!loaded) {
        file_free(&file);
    }
    return file;
}

/* NULL, with a line in the log, for a PATH that leads to no file. */
static const struct file *load_path(const struct card *card, const json_t *object, const char *name)
{
    uint8_t path[PATH_SIZE_MAX];
    size_t size;
    if (!load_bytes(object, name, path, sizeof path, &size)) {
        return NULL;
    }
    struct reader left = reader_of(path, size);
    uint16_t first;
    if (card_has_master(card) && (!get_u16(&left, &first) || first != FILE_MASTER)) {
        complain(name);
        return NULL;
    }
    const struct file *found = file_by_path(card->root, left.next, left.left);
    if (found == NULL) {
        complain(name);
    }
    return found;
}

static bool load_home(const struct card *card, const json_t *object, const struct file **home)
{
    const struct file *found = load_path(card, object, "directory");
    if (found == NULL) {
        return false;
    }
    if (found->kind != FILE_DIRECTORY) {
        return complain("directory");
    }
    *home = found;
    return true;
}

/* The value lies within the bounds, unless it is a transport PIN. */
static bool load_bounds(const json_t *object, struct pin *pin)
{
    const json_t *transport = json_object_get(object, "transport");
    if (transport != NULL && !load_bool(object, "transport", &pin->transport)) {
        return false;
    }
    if (!load_number(object, "minimum", 1, PIN_SIZE_MAX, &pin->minimum) ||
        !load_number(object, "maximum", (json_int_t)pin->minimum, PIN_SIZE_MAX, &pin->maximum)) {
        return false;
    }
    if (json_object_get(object, "padded") != NULL &&
        !load_number(object, "padded", (json_int_t)pin->maximum, PIN_SIZE_MAX, &pin->padded)) {
        return false;
    }
    return pin->transport || (pin->size >= pin->minimum && pin->size <= pin->maximum) ||
           complain("value");
}

static bool load_announcement(struct card *card, const json_t *object, struct pin *pin)
{
    if (json_object_get(object, "announced_in") == NULL) {
        return true;
    }
    const struct file *file = load_path(card, object, "announced_in");
    if (file == NULL) {
        return false;
    }
    if (file->settled == NULL) {
        return complain("announced_in");
    }
    pin->announced_in = file_child(file->parent, file->id);
    return true;
}

static bool load_pin(struct card *card, const json_t *object)
{
    struct pin pin = {0};
    size_t tries;
    size_t left;
    const char *value = json_string_value(json_object_get(object, "value"));
    if (card->pins.count == PINS_MAX || value == NULL || strlen(value) > PIN_SIZE_MAX) {
        return complain("pins");
    }
    pin.size = strlen(value);
    memcpy(pin.value, value, pin.size);
    if (!load_byte(object, "reference", &pin.reference) ||
        !load_home(card, object, &pin.directory) || !load_bounds(object, &pin) ||
        !load_announcement(card, object, &pin) ||
        !load_number(object, "tries", 1, PIN_TRIES_MAX, &tries) ||
        !load_number(object, "left", 0, (json_int_t)tries, &left)) {
        return false;
    }
    pin.tries = (unsigned)tries;
    pin.left = (unsigned)left;
    card->pins.list[card->pins.count++] = pin;
    return true;
}

/* After all of them are there: a PIN may stand before its PUK. */
static bool link_puk(struct card *card, struct pin *pin, const json_t *object)
{
    uint8_t reference;
    if (json_object_get(object, "unblocked_by") == NULL) {
        return true;
    }
    if (!load_byte(object, "unblocked_by", &reference)) {
        return false;
    }
    pin->unblocked_by = pins_find(&card->pins, pin->directory, reference);
    return pin->unblocked_by != NULL || complain("unblocked_by");
}

static EVP_PKEY *load_private_key(const json_t *object)
{
    const char *text = json_string_value(json_object_get(object, "private"));
    BIO *bio = text != NULL ? BIO_new_mem_buf(text, -1) : NULL;
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    if (key != NULL && (!(EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "EC")) ||
                        EVP_PKEY_get_size(key) > KEY_SIGNATURE_MAX)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

static bool load_padded_algorithm(const json_t *object, struct key *key)
{
    if (json_object_get(object, "padded_algorithm") == NULL) {
        return true;
    }
    key->takes_padded = true;
    return load_byte(object, "padded_algorithm", &key->padded_algorithm);
}

static bool load_key_file(const json_t *object, struct key *key)
{
    return json_object_get(object, "file") == NULL || load_u16(object, "file", &key->file);
}

static bool load_key(struct card *card, const json_t *object)
{
    struct key key = {0};
    uint8_t pin;
    if (card->keys.count == KEYS_MAX) {
        return complain("keys");
    }
    if (!load_byte(object, "reference", &key.reference) ||
        !load_home(card, object, &key.directory) || !load_key_file(object, &key) ||
        !load_byte(object, "algorithm", &key.algorithm) || !load_padded_algorithm(object, &key) ||
        !load_byte(object, "pin", &pin) || !load_bool(object, "signs", &key.signs) ||
        !load_bool(object, "authenticates", &key.authenticates) ||
        !load_bool(object, "spends_pin", &key.spends_pin) ||
        !load_bool(object, "signs_in_der", &key.signs_in_der)) {
        return false;
    }
    key.pin = pins_find(&card->pins, key.directory, pin);
    if (key.pin == NULL) {
        return complain("pin");
    }
    key.private_key = load_private_key(object);
    if (key.private_key == NULL) {
        return complain("private");
    }
    card->keys.list[card->keys.count++] = key;
    return true;
}

static bool load_secrets(struct card *card, const json_t *image)
{
    size_t index;
    json_t *item;
    json_array_foreach (json_object_get(image, "pins"), index, item) {
        if (!load_pin(card, item)) {
            return false;
        }
    }
    json_array_foreach (json_object_get(image, "pins"), index, item) {
        if (!link_puk(card, &card->pins.list[index], item)) {
            return false;
        }
    }
    json_array_foreach (json_object_get(image, "keys"), index, item) {
        if (!load_key(card, item)) {
            return false;
        }
    }
    return true;
}

static bool load_data_object(struct card *card, const json_t *item)
{
    struct data_object object;
    if (card->data_object_count == CARD_DATA_OBJECTS_MAX) {
        return complain("data_objects");
    }
    if (!load_byte(item, "class", &object.cla) || !load_u16(item, "tag", &object.tag) ||
        !load_bytes(item, "value", object.value, sizeof object.value, &object.size)) {
        return false;
    }
    card->data_objects[card->data_object_count++] = object;
    return true;
}

static bool load_data_objects(struct card *card, const json_t *image)
{
    size_t index;
    json_t *item;
    json_array_foreach (json_object_get(image, "data_objects"), index, item) {
        if (!load_data_object(card, item)) {
            return false;
        }
    }
    return true;
}

static bool load_root(struct card *card, const json_t *image)
{
    const json_t *master = json_object_get(image, "master");
    const char *name = master != NULL ? "master" : "application";
    card->root = load_file(json_object_get(image, name));
    if (card->root == NULL || card->root->kind != FILE_DIRECTORY ||
        card_has_master(card) != (master != NULL) ||
        (master == NULL && card->root->name_size == 0)) {
        return complain(name);
    }
    return true;
}

static bool load_all(struct card *card, const json_t *image)
{
    const char *format = json_string_value(json_object_get(image, "format"));
    if (format == NULL || strcmp(format, FORMAT) != 0) {
        return complain("format");
    }
    if (!load_bytes(image, "atr", card->atr, sizeof card->atr, &card->atr_size) ||
        !load_bool(image, "logs_out", &card->logs_out) || !load_data_objects(card, image) ||
        !load_root(card, image)) {
        return false;
    }
    return load_secrets(card, image);
}

bool image_load(const char *path, struct card *card)
{
    json_error_t error;
    json_t *image = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (image == NULL) {
        log_error("%s:%d: %s", path, error.line, error.text);
        return false;
    }
    bool loaded = load_all(card, image);
    if (loaded) {
        card_reset(card);
    }
    json_decref(image);
    return loaded;
}
