#include "pkcs11/device.h"

#include <stdlib.h>
#include <string.h>

#include "pkcs11/mechanism.h"

/* CKM_RSA_X_509, as PKCS #15 names algorithms. */
#define MECHANISM_RAW_RSA 3

struct device *device_new(size_t index, const char *name)
{
    struct device *device = calloc(1, sizeof *device);
    if (device == NULL) {
        return NULL;
    }
    device->link = link_new(name);
    if (device->link == NULL) {
        free(device);
        return NULL;
    }
    pthread_mutex_init(&device->lock, NULL);
    pthread_mutex_init(&device->news.lock, NULL);
    device->index = index;
    memcpy(device->name, name, strnlen(name, sizeof device->name - 1));
    for (size_t i = 0; i < DEVICE_TOKENS; i++) {
        device->tokens[i].device = device;
        device->tokens[i].role = (enum token_role)i;
    }
    return device;
}

/* Nothing that was true of the card that was in the reader is true now. */
static void forget(struct device *device)
{
    for (size_t i = 0; i < DEVICE_TOKENS; i++) {
        session_close_all(device, &device->tokens[i]);
        token_logout(&device->tokens[i]);
        device->tokens[i].pin = NULL;
    }
    for (size_t i = 0; i < device->certificate_count; i++) {
        certificate_clear(&device->certificates[i]);
    }
    device->certificate_count = 0;
    device->certificate_files_read = 0;
    device->info_read = false;
    device->pad_read = false;
    device->pad = (struct pad){0};
    device->refused = STATUS_OK;
    device->odf = (struct pkcs15_odf){0};
    device->pins.count = 0;
    device->keys.count = 0;
    card_free(&device->card);
}

void device_free(struct device **device)
{
    if (device == NULL || *device == NULL) {
        return;
    }
    forget(*device);
    session_free_closed(*device);
    link_free(&(*device)->link);
    pthread_mutex_destroy(&(*device)->news.lock);
    pthread_mutex_destroy(&(*device)->lock);
    free(*device);
    *device = NULL;
}

static bool is_same_card(const struct pcsc_reader *a, const struct pcsc_reader *b)
{
    return a->card_present == b->card_present && a->changes == b->changes;
}

void device_announce(struct device *device, const struct pcsc_reader *reader, unsigned pcscd)
{
    static const struct pcsc_reader unplugged = {0};
    const struct pcsc_reader *told = reader != NULL ? reader : &unplugged;
    struct news *news = &device->news;
    pthread_mutex_lock(&news->lock);
    bool changed = !is_same_card(told, &news->reader) || pcscd != news->pcscd;
    for (size_t i = 0; i < DEVICE_TOKENS; i++) {
        news->changed[i] = news->changed[i] || changed;
    }
    news->reader = *told;
    news->pcscd = pcscd;
    pthread_mutex_unlock(&news->lock);
}

bool device_has_card(struct device *device)
{
    pthread_mutex_lock(&device->news.lock);
    bool present = device->news.reader.card_present;
    pthread_mutex_unlock(&device->news.lock);
    return present;
}

bool device_take_change(struct device *device, size_t *token)
{
    bool taken = false;
    pthread_mutex_lock(&device->news.lock);
    for (size_t i = 0; !taken && i < DEVICE_TOKENS; i++) {
        if (device->news.changed[i]) {
            device->news.changed[i] = false;
            *token = i;
            taken = true;
        }
    }
    pthread_mutex_unlock(&device->news.lock);
    return taken;
}

void device_enter(struct device *device)
{
    pthread_mutex_lock(&device->lock);
    pthread_mutex_lock(&device->news.lock);
    struct pcsc_reader now = device->news.reader;
    unsigned pcscd = device->news.pcscd;
    pthread_mutex_unlock(&device->news.lock);
    if (!is_same_card(&now, &device->seen) || pcscd != device->pcscd) {
        link_disconnect(device->link, now_ms() + CARD_TAKE_MS);
        forget(device);
    }
    device->seen = now;
    device->pcscd = pcscd;
}

void device_leave(struct device *device)
{
    session_free_closed(device);
    pthread_mutex_unlock(&device->lock);
}

enum status device_result(struct device *device, enum status status)
{
    switch (status) {
    case STATUS_NO_READER:
    case STATUS_NO_CARD:
    case STATUS_CARD_REMOVED:
    case STATUS_CARD_MUTE:
    case STATUS_CARD_TIMEOUT:
    case STATUS_PCSC_UNAVAILABLE:
        forget(device);
        break;
    default:
        break;
    }
    return status;
}

static enum status read_file(struct device *device, const struct pkcs15_location *location,
                             struct buffer *file)
{
    file->size = 0;
    return card_read(device->card, location, file);
}

static struct pkcs15_location fixed_file(uint16_t id)
{
    return (struct pkcs15_location){
        .path = {.bytes = {(uint8_t)(id >> 8), (uint8_t)id}, .size = 2}};
}

static enum status read_odf(struct device *device, struct buffer *file)
{
    const struct pkcs15_location location = fixed_file(PKCS15_FILE_ODF);
    enum status status = card_select_application(device->card);
    if (status == STATUS_OK) {
        status = read_file(device, &location, file);
    }
    if (status == STATUS_OK && !pkcs15_parse_odf(file->bytes, file->size, &device->odf)) {
        status = STATUS_CARD_UNKNOWN;
    }
    return status;
}

static enum status read_pins(struct device *device, struct buffer *file, struct pkcs15_pins *pins)
{
    const struct pkcs15_files *files = &device->odf.authentication_objects;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < files->count; i++) {
        status = read_file(device, &files->list[i], file);
        if (status == STATUS_OK) {
            pkcs15_add_pins(file->bytes, file->size, pins);
        }
    }
    return status;
}

/* The PINs and the keys that they open; nothing else is needed to know the tokens. */
static enum status read_directories(struct device *device, struct buffer *file)
{
    enum status status = read_odf(device, file);
    if (status == STATUS_OK) {
        status = read_pins(device, file, &device->pins);
    }
    const struct pkcs15_files *files = &device->odf.private_keys;
    for (size_t i = 0; status == STATUS_OK && i < files->count; i++) {
        status = read_file(device, &files->list[i], file);
        if (status == STATUS_OK) {
            pkcs15_add_keys(file->bytes, file->size, &device->keys);
        }
    }
    return status;
}

static bool is_user_pin(const struct pkcs15_pin *pin)
{
    return pin != NULL && (pin->flags & (PKCS15_PIN_UNBLOCKING | PKCS15_PIN_SO)) == 0;
}

/* A PIN opens signing if one of its keys signs what cannot be denied; else it authenticates. */
static bool find_tokens(struct device *device)
{
    bool found = false;
    for (size_t i = 0; i < device->keys.count; i++) {
        const struct pkcs15_key *key = &device->keys.list[i];
        const struct pkcs15_pin *pin = pkcs15_find_pin(&device->pins, &key->common.auth_id);
        enum token_role role = (key->usage & PKCS15_USAGE_NON_REPUDIATION) != 0
                                   ? TOKEN_SIGNATURE
                                   : TOKEN_AUTHENTICATION;
        if (is_user_pin(pin) && device->tokens[role].pin == NULL) {
            device->tokens[role].pin = pin;
            found = true;
        }
    }
    if (device->tokens[TOKEN_AUTHENTICATION].pin == device->tokens[TOKEN_SIGNATURE].pin) {
        device->tokens[TOKEN_SIGNATURE].pin = NULL;
    }
    return found;
}

static enum status discover(struct device *device)
{
    struct buffer file;
    link_prepare(device->link);
    mechanism_prepare();
    enum status status = card_take(device->card, LINK_READ);
    if (status != STATUS_OK) {
        return status;
    }
    buffer_init(&file, CARD_FILE_MAX);
    status = read_directories(device, &file);
    buffer_free(&file);
    if (status == STATUS_OK && !find_tokens(device)) {
        status = STATUS_CARD_UNKNOWN;
    }
    card_done(device->card);
    return status;
}

/* Before anything is sent: is this a card of ours? */
static enum status create_card(struct device *device)
{
    const struct pcsc_reader *seen = &device->seen;
    if (!seen->card_present) {
        return STATUS_NO_CARD;
    }
    if (seen->card_mute || seen->atr_size == 0) {
        return STATUS_CARD_MUTE;
    }
    const struct card_profile *profile = card_georgia_profile(seen->atr, seen->atr_size);
    if (profile == NULL) {
        return atr_is_contactless(seen->atr, seen->atr_size) ? STATUS_CARD_CONTACTLESS
                                                             : STATUS_CARD_UNKNOWN;
    }
    device->card = card_new(device->link, profile);
    return device->card != NULL ? STATUS_OK : STATUS_INTERNAL;
}

enum status device_open(struct device *device)
{
    if (device->card != NULL || device->refused != STATUS_OK) {
        return device->refused;
    }
    enum status status = create_card(device);
    if (status == STATUS_OK) {
        status = discover(device);
    }
    if (status == STATUS_OK) {
        device->insertion++;
        return STATUS_OK;
    }
    forget(device);
    if (status == STATUS_CARD_UNKNOWN || status == STATUS_CARD_CONTACTLESS) {
        device->refused = status;
    }
    return status;
}

static void add_certificates(struct device *device, const struct buffer *file)
{
    struct pkcs15_certificates found = {.count = 0};
    pkcs15_add_certificates(file->bytes, file->size, &found);
    for (size_t i = 0; i < found.count && device->certificate_count < PKCS15_CERTIFICATES_MAX;
         i++) {
        device->certificates[device->certificate_count++].entry = found.list[i];
    }
}

static bool is_listed(struct device *device, const struct pkcs15_id *id)
{
    return device->certificate_files_read == device->odf.certificates.count ||
           (id != NULL && device_find_certificate(device, id) != NULL);
}

enum status device_list_certificates(struct device *device, const struct pkcs15_id *id)
{
    struct buffer file;
    if (is_listed(device, id)) {
        return STATUS_OK;
    }
    enum status status = card_take(device->card, LINK_READ);
    if (status != STATUS_OK) {
        return device_result(device, status);
    }
    buffer_init(&file, CARD_FILE_MAX);
    while (status == STATUS_OK && !is_listed(device, id)) {
        status = read_file(device, &device->odf.certificates.list[device->certificate_files_read],
                           &file);
        if (status == STATUS_OK) {
            add_certificates(device, &file);
            device->certificate_files_read++;
        }
    }
    buffer_free(&file);
    card_done(device->card);
    return device_result(device, status);
}

enum status device_read_certificate(struct device *device, struct certificate *certificate)
{
    struct buffer file;
    if (certificate_is_read(certificate)) {
        return STATUS_OK;
    }
    enum status status = card_take(device->card, LINK_READ);
    if (status != STATUS_OK) {
        return device_result(device, status);
    }
    buffer_init(&file, CARD_FILE_MAX);
    status = read_file(device, &certificate->entry.value, &file);
    if (status == STATUS_OK) {
        status = certificate_take(certificate, file.bytes, file.size);
    }
    buffer_free(&file);
    card_done(device->card);
    return device_result(device, status);
}

enum status device_refresh_pins(struct device *device)
{
    struct pkcs15_pins now = {.count = 0};
    struct buffer file;
    enum status status = card_take(device->card, LINK_READ);
    if (status != STATUS_OK) {
        return device_result(device, status);
    }
    buffer_init(&file, CARD_FILE_MAX);
    status = read_pins(device, &file, &now);
    buffer_free(&file);
    card_done(device->card);
    for (size_t i = 0; status == STATUS_OK && i < device->pins.count; i++) {
        const struct pkcs15_pin *pin = pkcs15_find_pin(&now, &device->pins.list[i].id);
        if (pin != NULL) {
            device->pins.list[i].flags = pin->flags;
        }
    }
    return device_result(device, status);
}

enum status device_read_info(struct device *device)
{
    const struct pkcs15_location location = fixed_file(PKCS15_FILE_TOKEN_INFO);
    struct buffer file;
    if (device->info_read) {
        return STATUS_OK;
    }
    enum status status = card_take(device->card, LINK_READ);
    if (status != STATUS_OK) {
        return device_result(device, status);
    }
    buffer_init(&file, CARD_FILE_MAX);
    status = read_file(device, &location, &file);
    if (status == STATUS_OK && !pkcs15_parse_token_info(file.bytes, file.size, &device->info)) {
        status = STATUS_CARD_UNKNOWN;
    }
    buffer_free(&file);
    card_done(device->card);
    device->info_read = status == STATUS_OK;
    return device_result(device, status);
}

enum status device_find_raw_rsa(struct device *device, const struct pkcs15_key *key,
                                const struct pkcs15_algorithm **algorithm)
{
    enum status status = device_read_info(device);
    if (status == STATUS_OK) {
        *algorithm = key->type == PKCS15_KEY_RSA
                         ? pkcs15_find_algorithm(&device->info, key, MECHANISM_RAW_RSA)
                         : NULL;
    }
    return status;
}

enum status device_read_pad(struct device *device)
{
    if (device->pad_read) {
        return STATUS_OK;
    }
    enum status status = card_take(device->card, LINK_READ);
    if (status != STATUS_OK) {
        return device_result(device, status);
    }
    status = card_read_pad(device->card, &device->pad);
    card_done(device->card);
    device->pad_read = status == STATUS_OK;
    return device_result(device, status);
}

struct certificate *device_find_certificate(struct device *device, const struct pkcs15_id *id)
{
    for (size_t i = 0; i < device->certificate_count; i++) {
        if (pkcs15_id_equal(&device->certificates[i].entry.id, id)) {
            return &device->certificates[i];
        }
    }
    return NULL;
}
