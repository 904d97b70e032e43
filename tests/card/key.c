#include "tests/card/key.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "tests/card/iso7816.h"

#define DO_ALGORITHM 0x80
#define DO_KEY 0x84
#define PKCS1_PADDING_MIN 11

const struct key *keys_find(const struct keys *keys, const struct file *current, uint8_t reference)
{
    for (const struct file *directory = current; directory != NULL; directory = directory->parent) {
        for (size_t i = 0; i < keys->count; i++) {
            const struct key *key = &keys->list[i];
            if (key->reference == reference && key->directory == directory) {
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
    uint8_t key;
};

static bool parse_template(const uint8_t *data, size_t size, struct chosen *chosen)
{
    struct reader left = reader_of(data, size);
    *chosen = (struct chosen){0};
    while (left.left > 0) {
        uint8_t tag;
        uint8_t length;
        uint8_t value;
        if (!get_u8(&left, &tag) || !get_u8(&left, &length) || length != 1 ||
            !get_u8(&left, &value)) {
            return false;
        }
        if (tag == DO_ALGORITHM && !chosen->has_algorithm) {
            chosen->has_algorithm = true;
            chosen->algorithm = value;
        } else if (tag == DO_KEY && !chosen->has_key) {
            chosen->has_key = true;
            chosen->key = value;
        } else {
            return false;
        }
    }
    return chosen->has_key;
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
    const struct key *key = keys_find(keys, current, chosen.key);
    if (key == NULL) {
        return SW_REFERENCE_NOT_FOUND;
    }
    bool allowed = crt == CRT_SIGNATURE ? key->signs : key->authenticates;
    if (!allowed || (chosen.has_algorithm && chosen.algorithm != key->algorithm)) {
        return SW_WRONG_DATA;
    }
    if (crt == CRT_SIGNATURE) {
        environment->signature = key;
    } else {
        environment->authentication = key;
    }
    return SW_OK;
}

static size_t input_max(EVP_PKEY *private_key)
{
    size_t bytes = ((size_t)EVP_PKEY_get_bits(private_key) + 7) / 8;
    return EVP_PKEY_is_a(private_key, "RSA") ? bytes - PKCS1_PADDING_MIN : bytes;
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

static bool compute(EVP_PKEY *private_key, const uint8_t *input, size_t size,
                    uint8_t signature[KEY_SIGNATURE_MAX], size_t *signature_size)
{
    bool is_rsa = EVP_PKEY_is_a(private_key, "RSA");
    bool done = false;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(private_key, NULL);
    if (context == NULL || EVP_PKEY_sign_init(context) <= 0 ||
        (is_rsa && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) <= 0)) {
        goto out;
    }
    size_t room = KEY_SIGNATURE_MAX;
    if (EVP_PKEY_sign(context, signature, &room, input, size) > 0) {
        done = is_rsa || make_raw(signature, &room, input_max(private_key));
    }
    if (done) {
        *signature_size = room;
    }
out:
    EVP_PKEY_CTX_free(context);
    return done;
}

uint16_t key_sign(const struct key *key, const uint8_t *input, size_t size, struct buffer *out)
{
    if (size == 0 || size > input_max(key->private_key)) {
        return SW_WRONG_LENGTH;
    }
    if (!key->pin->verified) {
        return SW_SECURITY_STATUS;
    }
    uint8_t signature[KEY_SIGNATURE_MAX];
    size_t signature_size;
    if (!compute(key->private_key, input, size, signature, &signature_size) ||
        !put_bytes(out, signature, signature_size)) {
        return SW_INTERNAL;
    }
    if (key->spends_pin) {
        key->pin->verified = false;
    }
    return SW_OK;
}
