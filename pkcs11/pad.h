/*
 * What a reader with a PIN pad is asked: PC/SC part 10 (version 2.02.09), sections 2.2 to 2.6, in
 * the machine's byte order, as pcsc-lite has it. Pure bytes.
 */
#ifndef PIRADI_PKCS11_PAD_H
#define PIRADI_PKCS11_PAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"

/* How long the person may take for each PIN, and how long we then wait for all of them. */
#define PAD_ENTRY_S 30
#define PAD_DEADLINE_MS ((int64_t)(3 * PAD_ENTRY_S + 10) * 1000)

#define PAD_REQUEST_MAX 128
#define PAD_APDU_MAX 64

/* The control codes of a reader's features; 0: it has not got this one. */
struct pad {
    uint32_t verify;
    uint32_t modify;
};

/* A command into which the reader writes what the person types. */
struct pad_entry {
    uint8_t header[4];
    size_t min_size; /* of any of the PINs that are typed, in digits */
    size_t max_size;
    size_t block; /* bytes that each PIN fills with its padding; 0: as many as it has digits */
    uint8_t fill; /* the padding */
};

/* Reads the answer to "which features?". What is damaged or unknown is left out. */
struct pad pad_parse_features(const uint8_t *bytes, size_t size);

/* Append PIN_VERIFY_STRUCTURE for one PIN; PIN_MODIFY_STRUCTURE for an old one, or a PUK, and a new
 * one that is typed twice. False if it does not fit. */
bool pad_put_verify(struct buffer *out, const struct pad_entry *entry) MUST_USE;
bool pad_put_modify(struct buffer *out, const struct pad_entry *entry) MUST_USE;

/* What the reader's own answers mean (2.5.4): USER_TIMEOUT, USER_CANCELLED, PIN_LENGTH (also for
 * two new PINs that differ). False for one of the card's. */
bool pad_status(uint16_t sw, enum status *status) MUST_USE;

#endif
