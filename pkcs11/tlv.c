#include "pkcs11/tlv.h"

#define TAG_NUMBER_FOLLOWS 0x1F
#define LENGTH_BYTES_MAX 3

static bool get_tag(struct reader *reader, uint16_t *tag)
{
    uint8_t first;
    uint8_t second;
    if (!get_u8(reader, &first) || first == 0x00 || first == 0xFF) {
        return false;
    }
    *tag = first;
    if ((first & TAG_NUMBER_FOLLOWS) != TAG_NUMBER_FOLLOWS) {
        return true;
    }
    if (!get_u8(reader, &second) || (second & 0x80) != 0) {
        return false;
    }
    *tag = (uint16_t)(first << 8 | second);
    return true;
}

static bool get_length(struct reader *reader, size_t *length)
{
    uint8_t first;
    if (!get_u8(reader, &first)) {
        return false;
    }
    if (first < 0x80) {
        *length = first;
        return true;
    }
    size_t bytes = first & 0x7F;
    if (bytes == 0 || bytes > LENGTH_BYTES_MAX) {
        return false;
    }
    size_t sum = 0;
    for (size_t i = 0; i < bytes; i++) {
        uint8_t byte;
        if (!get_u8(reader, &byte)) {
            return false;
        }
        sum = sum << 8 | byte;
    }
    *length = sum;
    return true;
}

bool tlv_get(struct reader *reader, uint16_t *tag, struct reader *value)
{
    struct reader rest = *reader;
    uint16_t found;
    size_t length;
    struct reader part;
    if (!get_tag(&rest, &found) || !get_length(&rest, &length) ||
        !get_reader(&rest, length, &part)) {
        return false;
    }
    *reader = rest;
    *tag = found;
    *value = part;
    return true;
}

bool tlv_get_tagged(struct reader *reader, uint16_t tag, struct reader *value)
{
    struct reader rest = *reader;
    uint16_t found;
    struct reader part;
    if (!tlv_get(&rest, &found, &part) || found != tag) {
        return false;
    }
    *reader = rest;
    *value = part;
    return true;
}

void tlv_skip(struct reader *reader, uint16_t tag)
{
    struct reader rest = *reader;
    struct reader skipped;
    if (tlv_get_tagged(&rest, tag, &skipped)) {
        *reader = rest;
    }
}

bool tlv_get_unsigned(struct reader *reader, uint16_t tag, uint32_t *value)
{
    struct reader rest = *reader;
    struct reader bytes;
    if (!tlv_get_tagged(&rest, tag, &bytes) || bytes.left == 0) {
        return false;
    }
    uint64_t sum = 0;
    bool negative = (bytes.next[0] & 0x80) != 0;
    uint8_t byte;
    while (get_u8(&bytes, &byte)) {
        sum = sum << 8 | byte;
        if (sum > UINT32_MAX) {
            return false;
        }
    }
    /* Cards write references such as 92 as one byte, which strictly is a negative number. */
    if (negative && sum > UINT8_MAX) {
        return false;
    }
    *reader = rest;
    *value = (uint32_t)sum;
    return true;
}

bool tlv_get_bits(struct reader *reader, uint32_t *bits)
{
    struct reader rest = *reader;
    struct reader value;
    uint8_t unused;
    if (!tlv_get_tagged(&rest, TLV_BIT_STRING, &value) || !get_u8(&value, &unused) || unused > 7 ||
        (unused > 0 && value.left == 0)) {
        return false;
    }
    uint32_t sum = 0;
    for (size_t i = 0; i < value.left && i < sizeof sum; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bool meant = i + 1 < value.left || bit < 8U - unused;
            if (meant && (value.next[i] & (0x80 >> bit)) != 0) {
                sum |= (uint32_t)1 << (i * 8 + bit);
            }
        }
    }
    *reader = rest;
    *bits = sum;
    return true;
}
