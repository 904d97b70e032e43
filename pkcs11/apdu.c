#include "pkcs11/apdu.h"

static bool is_extended(const struct apdu *apdu)
{
    return apdu->size > APDU_DATA_SHORT_MAX || apdu->le > APDU_LE_SHORT_MAX;
}

/* The marker byte 00 stands once, before whichever length field comes first. */
static bool put_extended(struct buffer *out, const struct apdu *apdu)
{
    if (!put_u8(out, 0)) {
        return false;
    }
    if (apdu->size > 0 &&
        (!put_u16(out, (uint16_t)apdu->size) || !put_bytes(out, apdu->data, apdu->size))) {
        return false;
    }
    return apdu->le == 0 || put_u16(out, (uint16_t)(apdu->le & 0xFFFF));
}

static bool put_short(struct buffer *out, const struct apdu *apdu)
{
    if (apdu->size > 0 &&
        (!put_u8(out, (uint8_t)apdu->size) || !put_bytes(out, apdu->data, apdu->size))) {
        return false;
    }
    return apdu->le == 0 || put_u8(out, (uint8_t)(apdu->le & 0xFF));
}

bool apdu_put(struct buffer *out, const struct apdu *apdu)
{
    const uint8_t header[] = {apdu->cla, apdu->ins, apdu->p1, apdu->p2};
    size_t before = out->size;
    if (apdu->size > APDU_DATA_MAX || apdu->le > APDU_LE_EXTENDED_MAX) {
        return false;
    }
    if (put_bytes(out, header, sizeof header) &&
        (is_extended(apdu) ? put_extended(out, apdu) : put_short(out, apdu))) {
        return true;
    }
    out->size = before;
    return false;
}

bool apdu_parse_response(const uint8_t *bytes, size_t size, struct apdu_response *response)
{
    if (size < 2) {
        return false;
    }
    response->data = bytes;
    response->size = size - 2;
    response->sw = (uint16_t)(bytes[size - 2] << 8 | bytes[size - 1]);
    return true;
}

static bool length_in(uint16_t sw, uint8_t sw1, size_t *le)
{
    if (sw >> 8 != sw1) {
        return false;
    }
    *le = (sw & 0xFF) != 0 ? sw & 0xFF : APDU_LE_SHORT_MAX;
    return true;
}

bool apdu_more_waits(uint16_t sw, size_t *le)
{
    return length_in(sw, 0x61, le);
}

bool apdu_le_was_wrong(uint16_t sw, size_t *le)
{
    return length_in(sw, 0x6C, le);
}

bool apdu_tries_left(uint16_t sw, unsigned *tries)
{
    if ((sw & 0xFFF0) != SW_TRIES) {
        return false;
    }
    *tries = sw & 0x0F;
    return true;
}

enum status apdu_status_of_pin(uint16_t sw)
{
    unsigned tries;
    if (apdu_tries_left(sw, &tries)) {
        return tries > 0 ? STATUS_PIN_WRONG : STATUS_PIN_BLOCKED;
    }
    switch (sw) {
    case SW_OK:
        return STATUS_OK;
    case SW_BLOCKED:
    case SW_REFERENCE_UNUSABLE:
        return STATUS_PIN_BLOCKED;
    case SW_WRONG_LENGTH:
    case SW_WRONG_DATA:
        return STATUS_PIN_LENGTH;
    default:
        return STATUS_INTERNAL;
    }
}
