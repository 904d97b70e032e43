/*
 * Data objects of BER and DER (ITU-T X.690; ISO/IEC 7816-4:2013, 6) over a bounded view. Definite
 * lengths of up to three bytes only, tags of up to two: nothing on a card needs more. Nothing here
 * recurses, so nothing nests too deep.
 */
#ifndef PIRADI_PKCS11_TLV_H
#define PIRADI_PKCS11_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"

enum tlv_tag {
    TLV_BOOLEAN = 0x01,
    TLV_INTEGER = 0x02,
    TLV_BIT_STRING = 0x03,
    TLV_OCTET_STRING = 0x04,
    TLV_NULL = 0x05,
    TLV_OBJECT_IDENTIFIER = 0x06,
    TLV_ENUMERATED = 0x0A,
    TLV_UTF8_STRING = 0x0C,
    TLV_GENERALIZED_TIME = 0x18,
    TLV_SEQUENCE = 0x30,
    TLV_CONTEXT_PRIMITIVE = 0x80,   /* | number */
    TLV_CONTEXT_CONSTRUCTED = 0xA0, /* | number */
};

/* Takes the next object. False, nothing taken, at the end, at padding (a tag 00 or FF) and for an
 * object that does not fit. */
bool tlv_get(struct reader *reader, uint16_t *tag, struct reader *value) MUST_USE;

/* Takes the next object if it has this tag. False, nothing taken, otherwise. */
bool tlv_get_tagged(struct reader *reader, uint16_t tag, struct reader *value) MUST_USE;

/* Skips the next object if it has this tag. */
void tlv_skip(struct reader *reader, uint16_t tag);

/* Takes an unsigned integer of up to 32 bits with this tag (INTEGER, ENUMERATED or a context tag).
 */
bool tlv_get_unsigned(struct reader *reader, uint16_t tag, uint32_t *value) MUST_USE;

/* Takes a BIT STRING: bit 0 of *bits is the string's first bit; what is over 32 is left out. */
bool tlv_get_bits(struct reader *reader, uint32_t *bits) MUST_USE;

#endif
