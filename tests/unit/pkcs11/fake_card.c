#include "tests/unit/pkcs11/fake_card.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rsa.h>
#include <openssl/x509.h>

#define FILE_MAX 2048
#define FILES_MAX 12
#define RESPONSE_ROOM 4096

struct file {
    uint8_t path[4]; /* below the master file */
    uint8_t content[FILE_MAX];
    size_t size;
};

#define LINK_MAX 512
#define RAW_RSA 0x0A /* its algorithm reference */

struct pin {
    uint8_t value[16];
    size_t size;
    unsigned tries;
    bool verified;
};

static struct {
    bool made;
    bool initialized;
    struct file files[FILES_MAX];
    size_t file_count;
    EVP_PKEY *keys[2];
    struct pin pins[3]; /* the last is the PUK */
    const struct file *selected;
    uint8_t directory[2];
    int chosen; /* key */
    bool takes_padded;
    uint8_t chained[LINK_MAX]; /* the command's data so far */
    size_t chained_size;
} card;

static const uint8_t home[2][2] = {{0x50, 0x15}, {0x0D, 0xF5}};
#define PUK 2
static const uint8_t pin_references[3] = {0x86, 0x92, 0x93};
static const unsigned pin_tries[3] = {FAKE_TRIES, FAKE_TRIES, FAKE_PUK_TRIES};
static const size_t pin_sizes[3] = {6, 6, 8}; /* as declared */
static const uint8_t key_references[2] = {0x8D, 0x96};
static const char *const pins[3] = {FAKE_PIN_AUTH, FAKE_PIN_SIGN, FAKE_PUK};

/* DER, growing backwards would be shorter but harder to read: values first, then wrapped. */
struct der {
    uint8_t bytes[FILE_MAX];
    size_t size;
};

static void add(struct der *der, uint8_t tag, const void *value, size_t size)
{
    uint8_t *next = der->bytes + der->size;
    *next++ = tag;
    if (size >= 0x80) {
        *next++ = 0x82;
        *next++ = (uint8_t)(size >> 8);
    }
    *next++ = (uint8_t)size;
    if (size > 0) {
        memcpy(next, value, size);
    }
    der->size = (size_t)(next - der->bytes) + size;
}

static void add_der(struct der *der, uint8_t tag, const struct der *inner)
{
    add(der, tag, inner->bytes, inner->size);
}

static void add_byte(struct der *der, uint8_t tag, uint8_t value)
{
    add(der, tag, &value, 1);
}

static void add_path(struct der *der, const uint8_t directory[2], const uint8_t *file)
{
    struct der path = {.size = 0};
    uint8_t bytes[6] = {0x3F, 0x00, directory[0], directory[1]};
    if (file != NULL) {
        memcpy(bytes + 4, file, 2);
    }
    add(&path, 0x04, bytes, file != NULL ? 6 : 4);
    add_der(der, 0x30, &path);
}

static struct file *new_file(const uint8_t directory[2], uint8_t high, uint8_t low)
{
    struct file *file = &card.files[card.file_count++];
    memcpy(file->path, directory, 2);
    file->path[2] = high;
    file->path[3] = low;
    file->size = 0;
    return file;
}

static void store(const uint8_t directory[2], uint8_t high, uint8_t low, const struct der *der)
{
    struct file *file = new_file(directory, high, low);
    memcpy(file->content, der->bytes, der->size);
    file->size = der->size;
}

static void add_common(struct der *object, const char *label, const uint8_t *auth_id, bool consent)
{
    struct der common = {.size = 0};
    add(&common, 0x0C, label, strlen(label));
    add(&common, 0x03, "\x06\xC0", 2);
    if (auth_id != NULL) {
        add(&common, 0x04, auth_id, 1);
    }
    if (consent) {
        add_byte(&common, 0x02, 1);
    }
    add_der(object, 0x30, &common);
}

static void add_typed(struct der *object, const struct der *attributes)
{
    struct der sequence = {.size = 0};
    add_der(&sequence, 0x30, attributes);
    add_der(object, 0xA1, &sequence);
}

static void add_pin(struct der *file, int i)
{
    static const char *const labels[] = {"Auth PIN", "Sign PIN", "PUK"};
    const uint8_t puk_id = PUK + 1;
    struct der object = {.size = 0};
    struct der class = {.size = 0};
    struct der type = {.size = 0};
    uint8_t size = (uint8_t)pin_sizes[i];
    uint8_t flags[3] = {0x04, 0, 0}; /* unused bits; then bit 0 first */
    flags[1] = (uint8_t)((i == 1 ? 0x40 : 0) | (card.initialized || i != 1 ? 0x08 : 0) |
                         (i == PUK ? 0x02 : 0));
    add_common(&object, labels[i], i == PUK ? NULL : &puk_id, false);
    add_byte(&class, 0x04, (uint8_t)(i + 1));
    add_der(&object, 0x30, &class);
    add(&type, 0x03, flags, sizeof flags);
    add_byte(&type, 0x0A, 1);
    add_byte(&type, 0x02, size);
    add_byte(&type, 0x02, size);
    add_byte(&type, 0x02, size);
    add(&type, 0x80, (uint8_t[]){0, pin_references[i]}, 2);
    add_path(&type, home[i % 2], NULL);
    add_typed(&object, &type);
    add_der(file, 0x30, &object);
}

static void add_key(struct der *file, int i)
{
    struct der object = {.size = 0};
    struct der class = {.size = 0};
    struct der type = {.size = 0};
    uint8_t id = (uint8_t)(i + 1);
    add_common(&object, i == 0 ? "Auth" : "Sign", &id, i == 1);
    add_byte(&class, 0x04, (uint8_t)(0x40 + i));
    add(&class, 0x03, i == 0 ? "\x05\x20\x00" : "\x06\x00\x40", 3);
    add(&class, 0x03, "\x03\xB8", 2);
    add(&class, 0x02, (uint8_t[]){0, key_references[i]}, 2);
    add_der(&object, 0x30, &class);
    add_path(&type, home[i], (const uint8_t[]){0x44, 0x10});
    add(&type, 0x02, "\x08\x00", 2);
    add_typed(&object, &type);
    add_der(file, 0x30, &object);
}

/* AlgorithmInfo: CKM_RSA_X_509 makes signatures. */
static void add_raw_rsa(struct der *info)
{
    struct der algorithm = {.size = 0};
    struct der list = {.size = 0};
    add_byte(&algorithm, 0x02, 1);
    add_byte(&algorithm, 0x02, 3);
    add(&algorithm, 0x05, NULL, 0);
    add(&algorithm, 0x03, "\x06\x40", 2);
    add_byte(&algorithm, 0x02, RAW_RSA);
    add_der(&list, 0x30, &algorithm);
    add_der(info, 0xA2, &list);
}

static void add_certificate(struct der *file, int i, bool authority)
{
    struct der object = {.size = 0};
    struct der class = {.size = 0};
    struct der type = {.size = 0};
    add_common(&object, "Certificate", NULL, false);
    add_byte(&class, 0x04, (uint8_t)(0x40 + i));
    if (authority) {
        add_byte(&class, 0x01, 0xFF);
    }
    add_der(&object, 0x30, &class);
    add_path(&type, home[i % 2], (const uint8_t[]){0x45, (uint8_t)i});
    add_typed(&object, &type);
    add_der(file, 0x30, &object);
}

static void store_certificate(int i, EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"SPECIMEN", -1, -1,
                               0);
    X509_set_issuer_name(x509, name);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), i + 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key);
    X509_sign(x509, key, EVP_sha256());
    struct file *file = new_file(home[i % 2], 0x45, (uint8_t)i);
    unsigned char *next = file->content;
    file->size = (size_t)i2d_X509(x509, &next);
    X509_free(x509);
}

static void store_directories(void)
{
    struct der odf = {.size = 0};
    struct der file[4] = {{.size = 0}};
    static const uint8_t tags[] = {0xA8, 0xA0, 0xA4, 0xA5};
    for (uint8_t i = 0; i < 4; i++) {
        struct der path = {.size = 0};
        add_path(&path, home[0], (const uint8_t[]){0x44, i});
        add_der(&odf, tags[i], &path);
    }
    store(home[0], 0x50, 0x31, &odf);
    for (int i = 0; i <= PUK; i++) {
        add_pin(&file[0], i);
    }
    for (int i = 0; i < 2; i++) {
        add_key(&file[1], i);
        add_certificate(&file[2], i, false);
    }
    add_certificate(&file[3], 2, true);
    for (uint8_t i = 0; i < 4; i++) {
        store(home[0], 0x44, i, &file[i]);
    }
    struct der info = {.size = 0};
    struct der body = {.size = 0};
    add_byte(&body, 0x02, 0);
    add(&body, 0x04, "SP42", 4);
    add(&body, 0x0C, "Fake", 4);
    add(&body, 0x03, "\x05\x60", 2);
    add_raw_rsa(&body);
    add_der(&info, 0x30, &body);
    store(home[0], 0x50, 0x32, &info);
}

static void set_value(int i, const uint8_t *value, size_t size)
{
    memcpy(card.pins[i].value, value, size);
    card.pins[i].size = size;
    card.pins[i].verified = false;
}

void fake_card_renew(void)
{
    if (!card.made) {
        card.keys[0] = EVP_RSA_gen(2048);
        card.keys[1] = EVP_RSA_gen(2048);
        card.made = true;
    }
    card.initialized = true;
    card.file_count = 0;
    store_directories();
    for (int i = 0; i < 3; i++) {
        store_certificate(i, card.keys[i % 2]);
    }
    for (int i = 0; i <= PUK; i++) {
        card.pins[i].tries = pin_tries[i];
        set_value(i, (const uint8_t *)pins[i], strlen(pins[i]));
    }
    fake_card_reset();
}

/* The directories are written anew; certificates stay where they are. */
static void set_initialized(bool initialized)
{
    size_t count = card.file_count;
    card.initialized = initialized;
    card.file_count = 0;
    store_directories();
    card.file_count = count;
}

void fake_card_begin_transport(void)
{
    set_value(1, (const uint8_t *)FAKE_TRANSPORT_PIN, strlen(FAKE_TRANSPORT_PIN));
    set_initialized(false);
}

static void enter(const uint8_t directory[2])
{
    if (memcmp(directory, home[1], 2) != 0) {
        card.pins[1].verified = false;
    }
    memcpy(card.directory, directory, 2);
    card.chosen = -1;
}

void fake_card_reset(void)
{
    for (int i = 0; i <= PUK; i++) {
        card.pins[i].verified = false;
    }
    card.selected = NULL;
    enter((const uint8_t[]){0x3F, 0x00});
}

bool fake_card_is_verified(void)
{
    return card.pins[0].verified || card.pins[1].verified || card.pins[PUK].verified;
}

EVP_PKEY *fake_card_key(bool signature)
{
    return card.keys[signature ? 1 : 0];
}

static uint16_t select_by_path(const uint8_t path[4])
{
    for (size_t i = 0; i < card.file_count; i++) {
        if (memcmp(card.files[i].path, path, 4) == 0) {
            card.selected = &card.files[i];
            enter(path);
            return 0x9000;
        }
    }
    return 0x6A82;
}

static uint16_t answer_select(const uint8_t *command, size_t size)
{
    const uint8_t *data = command + 5;
    if (command[2] == 0x04) {
        enter(home[0]);
        return size >= 17 && memcmp(data, "\xA0\x00\x00\x00\x63PKCS-15", 12) == 0 ? 0x9000 : 0x6A82;
    }
    if (command[2] == 0x02 && command[4] == 2) {
        return select_by_path(
            (const uint8_t[]){card.directory[0], card.directory[1], data[0], data[1]});
    }
    if (command[2] == 0x08 && command[4] == 4) {
        return select_by_path(data);
    }
    if (command[2] == 0x08 && command[4] == 2) {
        enter(data);
        return 0x9000;
    }
    return 0x6A86;
}

static uint16_t answer_read(const uint8_t *command, uint8_t *response, size_t *size)
{
    size_t offset = (size_t)(command[2] << 8 | command[3]);
    if (card.selected == NULL || offset > card.selected->size) {
        return 0x6B00;
    }
    *size = card.selected->size - offset;
    memcpy(response, card.selected->content + offset, *size);
    return 0x9000;
}

static int find_pin(const uint8_t *command)
{
    int i = PUK;
    while (i >= 0 && command[3] != pin_references[i]) {
        i--;
    }
    return i;
}

/* Spends a try or gives all of them back. */
static uint16_t compare(struct pin *pin, const uint8_t *value)
{
    if (pin->tries == 0) {
        return 0x6983;
    }
    if (memcmp(value, pin->value, pin->size) != 0) {
        pin->verified = false;
        return (uint16_t)(0x63C0 | --pin->tries);
    }
    pin->tries = pin_tries[pin - card.pins];
    return 0x9000;
}

static uint16_t answer_verify(const uint8_t *command, size_t size)
{
    int i = find_pin(command);
    if (i < 0) {
        return 0x6A88;
    }
    struct pin *pin = &card.pins[i];
    if (size == 4) {
        return pin->verified ? 0x9000 : (uint16_t)(0x63C0 | pin->tries);
    }
    if (command[4] != pin_sizes[i]) {
        return 0x6700;
    }
    uint16_t status = compare(pin, command + 5);
    pin->verified = status == 0x9000;
    return status;
}

/* Of CHANGE REFERENCE DATA, and of RESET RETRY COUNTER, by which the PUK speaks for the PIN. */
static uint16_t answer_set(const uint8_t *command, bool with_puk)
{
    int i = find_pin(command);
    if (i < 0) {
        return 0x6A88;
    }
    struct pin *by = &card.pins[with_puk ? PUK : i];
    if (command[4] != by->size + pin_sizes[i]) {
        return 0x6700;
    }
    uint16_t status = compare(by, command + 5);
    if (status == 0x9000) {
        set_value(i, command + 5 + by->size, pin_sizes[i]);
        card.pins[i].tries = pin_tries[i];
        set_initialized(card.initialized || i == 1);
    }
    return status;
}

static uint16_t answer_choose(const uint8_t *command, size_t size)
{
    card.chosen = -1;
    card.takes_padded = size == 11 && command[7] == RAW_RSA;
    for (int i = 0; i < 2; i++) {
        if (command[size - 1] == key_references[i] && memcmp(card.directory, home[i], 2) == 0) {
            card.chosen = i;
        }
    }
    return card.chosen >= 0 ? 0x9000 : 0x6A88;
}

/* The end of a chain, or all of a command. */
static void link_data(const uint8_t *command)
{
    memcpy(card.chained + card.chained_size, command + 5, command[4]);
    card.chained_size += command[4];
}

/* ISO/IEC 7816-4:2013, 5.3.3. */
static uint16_t answer_link(const uint8_t *command)
{
    if (card.chained_size + 2 * UINT8_MAX > sizeof card.chained) {
        card.chained_size = 0;
        return 0x6700;
    }
    link_data(command);
    return 0x9000;
}

static uint16_t answer_sign(const uint8_t *command, uint8_t *response, size_t *size)
{
    if (card.chosen < 0) {
        return 0x6985;
    }
    if (!card.pins[card.chosen].verified) {
        return 0x6982;
    }
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(card.keys[card.chosen], NULL);
    size_t length = RESPONSE_ROOM;
    EVP_PKEY_sign_init(context);
    EVP_PKEY_CTX_set_rsa_padding(context, card.takes_padded ? RSA_NO_PADDING : RSA_PKCS1_PADDING);
    link_data(command);
    int done = EVP_PKEY_sign(context, response, &length, card.chained, card.chained_size);
    card.chained_size = 0;
    EVP_PKEY_CTX_free(context);
    if (card.chosen == 1) {
        card.pins[1].verified = false;
    }
    *size = done == 1 ? length : 0;
    return done == 1 ? 0x9000 : 0x6A80;
}

void fake_card_answer(const uint8_t *command, size_t size, uint8_t *response, size_t *response_size)
{
    uint16_t status = 0x6D00;
    *response_size = 0;
    if (size > 5 && (command[0] & 0x10) != 0) {
        status = answer_link(command);
    }
    switch (size >= 4 && command[0] == 0 ? command[1] : 0) {
    case 0xA4:
        status = answer_select(command, size);
        break;
    case 0xB0:
        status = answer_read(command, response, response_size);
        break;
    case 0x20:
        status = answer_verify(command, size);
        break;
    case 0x24:
        status = answer_set(command, false);
        break;
    case 0x2C:
        status = answer_set(command, true);
        break;
    case 0x22:
        status = answer_choose(command, size);
        break;
    case 0x2A:
        status = answer_sign(command, response, response_size);
        break;
    case 0x84:
        memset(response, 0x5A, 8);
        *response_size = 8;
        status = 0x9000;
        break;
    default:
        break;
    }
    response[(*response_size)++] = (uint8_t)(status >> 8);
    response[(*response_size)++] = (uint8_t)status;
}
