/*
 * What is known of the two generations of the Georgian card and cannot be learnt from the card
 * itself. Each constant carries a mark: S seen in a public source, I inferred, N looked for and not
 * found. Everything else is discovered by PKCS #15.
 */
#ifndef PIRADI_PKCS11_CARD_GEORGIA_H
#define PIRADI_PKCS11_CARD_GEORGIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARD_HISTORICAL_MAX 15 /* ISO 7816-3, 8.2.4 */

struct card_profile {
    const char *model;
    uint8_t historical[CARD_HISTORICAL_MAX];
    size_t historical_size;
    unsigned tries_max; /* of either PIN */
    unsigned puk_tries_max;
    size_t transport_size; /* digits of the transport PIN */
    uint8_t algorithm_rsa; /* DO 80 of MSE: SET, for RSA with PKCS #1 v1.5 padding by the card */
    uint8_t algorithm_ec;
};

/* NULL for a card of neither generation, told by the historical bytes of its ATR. */
const struct card_profile *card_georgia_profile(const uint8_t *atr, size_t size);

/* Whether the ATR is one that a contactless reader makes up (PC/SC part 3, 3.1.3.2.3). */
bool atr_is_contactless(const uint8_t *atr, size_t size);

#endif
