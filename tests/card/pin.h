/*
 * The card's PINs and its PUK: values, tries, who unblocks whom, and what has been verified.
 * ISO/IEC 7816-4:2013, 9 and 11.5 (VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER).
 *
 * These are specimen PINs of a virtual card, made to be printed in a README; nothing here is
 * about a person's secret.
 *
 * What the standard leaves to the card is decided so:
 * - Data of a length that the PIN cannot have, or with a character that is no digit, gets 6700 or
 *   6A80 and spends no try.
 * - A padded value of another size than that gets 6700.
 * - A reference is looked for in the current DF, then in each DF above it.
 * - A PIN below the MF stays verified while its DF or one below is current, the MF's own PINs
 *   until reset.
 * - No tries left: a command with data gets 6983, a question for the counter 63C0.
 * - A changed or unblocked PIN has to be verified before it opens anything.
 * - A PIN in transport state has the transport PIN for its value, of a length of its own. CHANGE
 *   REFERENCE DATA sets the PIN and ends that state; VERIFY and RESET RETRY COUNTER with a new PIN
 *   get 6985 and spend nothing.
 */
#ifndef PIRADI_TESTS_CARD_PIN_H
#define PIRADI_TESTS_CARD_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/card/file.h"

#define PIN_SIZE_MAX 16
#define PIN_TRIES_MAX 15 /* 63Cx has four bits */
#define PINS_MAX 8

struct pin {
    uint8_t reference;
    const struct file *directory; /* lent */
    uint8_t value[PIN_SIZE_MAX];
    size_t size;
    size_t minimum;
    size_t maximum;
    size_t padded; /* in commands each value is filled up with FF to this size; 0: it is not */
    unsigned tries;
    unsigned left;
    struct pin *unblocked_by; /* lent; NULL: none */
    bool verified;
    bool transport;            /* value is a transport PIN, good for setting the PIN, once */
    struct file *announced_in; /* lent; the file that says whether it has been set; NULL: none */
};

struct pins {
    struct pin list[PINS_MAX];
    size_t count;
};

/* NULL when the reference means nothing in current. */
struct pin *pins_find(struct pins *pins, const struct file *current, uint8_t reference);

/* Power-on, reset, log-out: nothing is verified. */
void pins_reset(struct pins *pins);
/* Another DF became current: local PINs of DFs that were left are forgotten. */
void pins_enter(struct pins *pins, const struct file *current);

/* The answer to VERIFY without data: 9000 when verified, else 63Cx. */
uint16_t pin_counter(const struct pin *pin);

/* Each returns a status word of the commands above. data: the command's data field. */
uint16_t pin_verify(struct pin *pin, const uint8_t *data, size_t size);
/* data: the old PIN, then the new one. */
uint16_t pin_change(struct pin *pin, const uint8_t *data, size_t size);
/* data: the PUK, then the new PIN; or, if none follows, the PUK alone: the PIN keeps its value. */
uint16_t pin_unblock(struct pin *pin, bool new_pin_follows, const uint8_t *data, size_t size);

#endif
