#include "tests/card/key.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "tests/card/iso7816.h"

#define DO_ALGORITHM 0x80
#define DO_FILE 0x81
#define DO_KEY 0x84
#define PKCS1_PADDING_MIN 11

const struct key *keys_find(const struct keys *keys, const struct file *current, uint16_t file,
                            uint8_t reference)
{
    for (const struct file *directory = current; directory != NULL; directory = directory->parent) {
        for (size_t i = 0; i < keys->count; i++) {
            const struct key *key = &keys->list[i];
            if (key->file == file && key->reference == reference && key->directory == directory) {
                return key;
            }
        }
    }
    return NULL;
}

void keys_free(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        EVP_PKEY_free(keys->list[i].private_key);
    }
    *keys = (struct keys){0};
}

struct chosen {
    bool has_algorithm;
    bool has_key;
    uint8_t algorithm;
    uint16_t file; /* 0: none */
    uint8_t key;
};

/* Each data object once. */
static bool parse_object(uint8_t tag, struct reader *value, struct chosen *chosen)
{
    bool parsed = false;
    if (tag == DO_ALGORITHM && !chosen->has_algorithm) {
        parsed = get_u8(value, &chosen->algorithm);
        chosen->has_algorithm = parsed;
    } else if (tag == DO_FILE && chosen->file == 0) {
        parsed = get_u16(value, &chosen->file) && chosen->file != 0;
    } else if (tag == DO_KEY && !chosen->has_key) {
        parsed = get_u8(value, &chosen->key);
        chosen->has_key = parsed;
    }
    return parsed && value->left == 0;
}

static bool parse_template(const uint8_t *data, size_t size, struct chosen *chosen)
{
    struct reader left = reader_of(data, size);
    *chosen = (struct chosen){0};
    while (left.left > 0) {
        uint8_t tag;
        uint8_t length;
        struct reader value;
        if (!get_u8(&left, &tag) || !get_u8(&left, &length) || !get_reader(&left, length, &value) ||
            !parse_object(tag, &value, chosen)) {
            return false;
        }
    }
    return chosen->has_key;
}

static bool choose_algorithm(struct choice *choice, uint8_t algorithm)
{
    choice->padded = choice->key->takes_padded && algorithm == choice->key->padded_algorithm;
    return choice->padded || algorithm == choice->key->algorithm;
}

uint16_t environment_set(struct security_environment *environment, const struct keys *keys,
                         const struct file *current, uint8_t crt, const uint8_t *data, size_t size)
{
    struct chosen chosen;
    if (crt != CRT_SIGNATURE && crt != CRT_AUTHENTICATION) {
        return SW_WRONG_P1P2;
    }
    if (!parse_template(data, size, &chosen)) {
        return SW_WRONG_DATA;
    }
    const struct key *key = keys_find(keys, current, chosen.file, chosen.key);
    if (key == NULL) {
        return SW_REFERENCE_NOT_FOUND;
    }
    bool allowed = crt == CRT_SIGNATURE ? key->signs : key->authenticates;
    struct choice choice = {.key = key};
    if (!allowed || (chosen.has_algorithm && !choose_algorithm(&choice, chosen.algorithm))) {
        return SW_WRONG_DATA;
    }
    if (crt == CRT_SIGNATURE) {
        environment->signature = choice;
    } else {
        environment->authentication = choice;
    }
    return SW_OK;
}

static size_t size_bytes(const struct key *key)
{
    return ((size_t)EVP_PKEY_get_bits(key->private_key) + 7) / 8;
}

static bool is_rsa(const struct key *key)
{
    return EVP_PKEY_is_a(key->private_key, "RSA");
}

static bool fits(const struct choice *choice, size_t size)
{
    size_t most = size_bytes(choice->key);
    if (choice->padded) {
        return size == most;
    }
    return size > 0 && size <= (is_rsa(choice->key) ? most - PKCS1_PADDING_MIN : most);
}

/* The DER form of ECDSA becomes r and s of half bytes each. */
static bool make_raw(uint8_t signature[KEY_SIGNATURE_MAX], size_t *size, size_t half)
{
    const uint8_t *next = signature;
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &next, (long)*size);
    bool done = parsed != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(parsed), signature, (int)half) == (int)half &&
                BN_bn2binpad(ECDSA_SIG_get0_s(parsed), signature + half, (int)half) == (int)half;
    ECDSA_SIG_free(parsed);
    if (done) {
        *size = 2 * half;
    }
    return done;
}

static bool set_padding(EVP_PKEY_CTX *context, const struct choice *choice)
{
    int padding = choice->padded ? RSA_NO_PADDING : RSA_PKCS1_PADDING;
    return !is_rsa(choice->key) || EVP_PKEY_CTX_set_rsa_padding(context, padding) > 0;
}

static bool compute(const struct choice *choice, const uint8_t *input, size_t size,
                    uint8_t signature[KEY_SIGNATURE_MAX], size_t *signature_size)
{
    const struct key *key = choice->key;
    bool as_it_is = is_rsa(key) || key->signs_in_der;
    bool done = false;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->private_key, NULL);
    size_t room = KEY_SIGNATURE_MAX;
    if (context == NULL || EVP_PKEY_sign_init(context) <= 0 || !set_padding(context, choice) ||
        EVP_PKEY_sign(context, signature, &room, input, size) <= 0) {
        goto out;
    }
    if (as_it_is || make_raw(signature, &room, size_bytes(key))) {
        *signature_size = room;
        done = true;
    }
out:
    EVP_PKEY_CTX_free(context);
    return done;
}

uint16_t key_sign(const struct choice *choice, const uint8_t *input, size_t size,
                  struct buffer *out)
{
    struct pin *pin = choice->key->pin;
    if (!fits(choice, size)) {
        return SW_WRONG_LENGTH;
    }
    if (!pin->verified) {
        return SW_SECURITY_STATUS;
    }
    uint8_t signature[KEY_SIGNATURE_MAX];
    size_t signature_size;
    if (!compute(choice, input, size, signature, &signature_size)) {
        return choice->padded ? SW_WRONG_DATA : SW_INTERNAL; /* a number over the modulus */
    }
    if (!put_bytes(out, signature, signature_size)) {
        return SW_INTERNAL;
    }
    if (choice->key->spends_pin) {
        pin->verified = false;
    }
    return SW_OK;
}
