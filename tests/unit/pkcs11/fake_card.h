/*
 * A card in memory: a PKCS #15 application with two RSA-2048 keys, their PINs and certificates, and
 * one authority's. Just enough of ISO/IEC 7816-4 and -8 for the module's unit tests; the strict
 * card is tests/card.
 */
#ifndef PIRADI_TESTS_UNIT_PKCS11_FAKE_CARD_H
#define PIRADI_TESTS_UNIT_PKCS11_FAKE_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define FAKE_PIN_AUTH "246813"
#define FAKE_PIN_SIGN "975318"
#define FAKE_PUK "13572468"
#define FAKE_TRANSPORT_PIN "40718"
#define FAKE_TRIES 3
#define FAKE_PUK_TRIES 5

/* As new: nothing tried, nothing verified. Keys and certificates are made once in a process. */
void fake_card_renew(void);
/* Power-on: nothing selected, nothing verified. */
void fake_card_reset(void);
/* The signature PIN becomes the transport PIN. */
void fake_card_begin_transport(void);

/* response has room for 4096 bytes. */
void fake_card_answer(const uint8_t *command, size_t size, uint8_t *response,
                      size_t *response_size);
bool fake_card_is_verified(void);
/* Lent. */
EVP_PKEY *fake_card_key(bool signature);

#endif
