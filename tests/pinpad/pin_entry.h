/*
 * What an application asks of a PIN-pad reader: PIN_VERIFY and PIN_MODIFY structures of PC/SC part
 * 10, 2.5.2 and 2.5.4, as pcsc-lite's reader.h lays them out (numbers in the machine's byte order),
 * and the APDU that becomes of them when a person has typed. Pure. The digits are specimen PINs of
 * a virtual card.
 *
 * Understood is what this project's module and OpenSC send: ASCII digits, left-justified, no length
 * of the PIN in the APDU.
 */
#ifndef PIRADI_TESTS_PINPAD_PIN_ENTRY_H
#define PIRADI_TESTS_PINPAD_PIN_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

#define PIN_DIGITS_MAX 16
#define PIN_APDU_MAX 260 /* short, without Le */

struct digits {
    char text[PIN_DIGITS_MAX];
    size_t size;
};

struct pin_entry {
    unsigned timeout_s; /* 0: the reader's own */
    size_t minimum;     /* digits of each PIN */
    size_t maximum;
    bool asks_current;
    bool asks_new;
    bool asks_new_again;
    size_t block;      /* bytes that a PIN fills with its padding; 0: as many as it has digits */
    size_t current_at; /* where in the command's data, when the template has any */
    size_t new_at;
    uint8_t apdu[PIN_APDU_MAX]; /* the template: a header, or with Lc and data, which is padding */
    size_t apdu_size;
};

/* False, *entry in no defined state, for a structure that is none or is not understood. */
bool pin_entry_parse_verify(const uint8_t *bytes, size_t size, struct pin_entry *entry) MUST_USE;
bool pin_entry_parse_modify(const uint8_t *bytes, size_t size, struct pin_entry *entry) MUST_USE;

/* Whether the reader lets these digits pass. */
bool pin_entry_accepts(const struct pin_entry *entry, const struct digits *digits);

/*
 * The command with the PINs in it; current and fresh are looked at as far as entry asks for them. A
 * template without data gets them as data, one behind the other; another gets them where they
 * belong. False when they do not fit.
 */
bool pin_entry_fill(const struct pin_entry *entry, const struct digits *current,
                    const struct digits *fresh, uint8_t apdu[PIN_APDU_MAX], size_t *size) MUST_USE;

#endif
