/*
 * The card's private keys and the security environment that MANAGE SECURITY ENVIRONMENT sets and
 * PERFORM SECURITY OPERATION uses. ISO/IEC 7816-4:2013, 10.3 and 11.5.11; 7816-8:2016, 11.
 */
#ifndef PIRADI_TESTS_CARD_KEY_H
#define PIRADI_TESTS_CARD_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "tests/card/file.h"
#include "tests/card/pin.h"

#define KEYS_MAX 8
#define KEY_SIGNATURE_MAX 512 /* RSA-4096 */

struct key {
    uint8_t reference;
    const struct file *directory; /* lent */
    uint16_t file;                /* MSE must name it as well; 0: and cannot */
    uint8_t algorithm;            /* the reference of RSA PKCS #1 v1.5, or of ECDSA */
    bool takes_padded;            /* RSA: and of input that the terminal has padded, which is: */
    uint8_t padded_algorithm;
    bool signs;            /* PSO: COMPUTE DIGITAL SIGNATURE */
    bool authenticates;    /* INTERNAL AUTHENTICATE */
    struct pin *pin;       /* lent; must be verified */
    bool spends_pin;       /* one signature for one VERIFY */
    bool signs_in_der;     /* EC: an ECDSA-Sig-Value instead of r and s */
    EVP_PKEY *private_key; /* owned */
};

struct keys {
    struct key list[KEYS_MAX];
    size_t count;
};

struct choice {
    const struct key *key;
    bool padded; /* by the terminal */
};

/* What the last MSE: SET of each template chose, until another DF is selected or reset. */
struct security_environment {
    struct choice signature;
    struct choice authentication;
};

/* NULL when file and reference mean nothing in current; looked for as PINs are. file: 0, or what
 * the key's file is called. */
const struct key *keys_find(const struct keys *keys, const struct file *current, uint16_t file,
                            uint8_t reference);

void keys_free(struct keys *keys);

/*
 * MSE: SET for computation (P1 41) of a template: data is DOs 80 (algorithm, may be absent), 81
 * (file, where keys are chosen by it) and 84 (key). Returns a status word; environment is changed
 * only with 9000.
 */
uint16_t environment_set(struct security_environment *environment, const struct keys *keys,
                         const struct file *current, uint8_t crt, const uint8_t *data, size_t size);

/*
 * Signs input and appends the signature to out. With RSA it is padded with PKCS #1 v1.5 block type
 * 1: a DigestInfo, or whatever else the terminal wants signed, the card does not look into it; or
 * it is padded already, as long as the modulus. With EC it is a hash that the terminal has cut to
 * the field's length, and the signature is r and s, each of that length, or their DER form. 6982
 * without the PIN; 6700 for input over the modulus minus 11, or over the field. Spends the PIN's
 * state if the key says so, only when it signed.
 */
uint16_t key_sign(const struct choice *choice, const uint8_t *input, size_t size,
                  struct buffer *out);

#endif
