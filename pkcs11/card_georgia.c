#include "pkcs11/card_georgia.h"

#include <string.h>

#include "base/buffer.h"

static const struct card_profile profiles[] = {
    {
        .model = "eID A (2011)",
        /* S: 80 31 81 53 "GE1" 73 84 21 C0 81 07 */
        .historical = {0x80, 0x31, 0x81, 0x53, 'G', 'E', '1', 0x73, 0x84, 0x21, 0xC0, 0x81, 0x07},
        .historical_size = 13,
        .tries_max = 3,        /* N for this generation; I from generation B */
        .puk_tries_max = 5,    /* N for this generation; I from generation B */
        .transport_size = 5,   /* S */
        .algorithm_rsa = 0x02, /* N; I from cards of the same kind */
        .algorithm_ec = 0x04,  /* N; I: no EC key has been seen */
    },
    {
        .model = "eID B (2025)",
        .historical = "GeorgiaEIDv1", /* S */
        .historical_size = 12,
        .tries_max = 3,        /* S */
        .puk_tries_max = 5,    /* S */
        .transport_size = 5,   /* N for this generation; I from generation A */
        .algorithm_rsa = 0x02, /* N; I from cards of the same kind */
        .algorithm_ec = 0x04,  /* N; I: no EC key has been seen */
    },
};

/* Skips the interface bytes of each round that T0 or TDi announces. ISO 7816-3, 8.2. */
static bool get_historical(const uint8_t *atr, size_t size, struct reader *historical)
{
    struct reader reader = reader_of(atr, size);
    const uint8_t *skipped;
    uint8_t ts;
    uint8_t announced;
    if (!get_u8(&reader, &ts) || !get_u8(&reader, &announced)) {
        return false;
    }
    size_t count = announced & 0x0F;
    while ((announced & 0xF0) != 0) {
        size_t others = (size_t)((announced & 0x10) != 0) + (size_t)((announced & 0x20) != 0) +
                        (size_t)((announced & 0x40) != 0);
        bool has_next = (announced & 0x80) != 0;
        if (!get_bytes_direct(&reader, others, &skipped)) {
            return false;
        }
        announced = 0;
        if (has_next && !get_u8(&reader, &announced)) {
            return false;
        }
    }
    return get_reader(&reader, count, historical);
}

const struct card_profile *card_georgia_profile(const uint8_t *atr, size_t size)
{
    struct reader historical;
    if (!get_historical(atr, size, &historical)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        if (historical.left == profiles[i].historical_size &&
            memcmp(historical.next, profiles[i].historical, historical.left) == 0) {
            return &profiles[i];
        }
    }
    return NULL;
}

bool atr_is_contactless(const uint8_t *atr, size_t size)
{
    return size >= 4 && atr[0] == 0x3B && (atr[1] & 0xF0) == 0x80 && atr[2] == 0x80 &&
           atr[3] == 0x01;
}
