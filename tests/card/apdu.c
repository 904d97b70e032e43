#include "tests/card/apdu.h"

#include "base/buffer.h"

static bool parse_short(struct reader *body, struct apdu *apdu)
{
    uint8_t length = 0;
    if (!get_u8(body, &length)) {
        return false;
    }
    if (body->left > 0) {
        apdu->data_size = length;
        if (length == 0 || !get_bytes_direct(body, length, &apdu->data)) {
            return false;
        }
        if (body->left == 0) {
            return true;
        }
        if (!get_u8(body, &length)) {
            return false;
        }
    }
    apdu->ne_is_maximum = length == 0;
    apdu->ne = apdu->ne_is_maximum ? APDU_NE_SHORT_MAX : length;
    return body->left == 0;
}

static bool parse_extended(struct reader *body, struct apdu *apdu)
{
    uint8_t zero = 0;
    uint16_t length = 0;
    if (!get_u8(body, &zero) || !get_u16(body, &length)) {
        return false;
    }
    if (body->left > 0) {
        apdu->data_size = length;
        if (length == 0 || !get_bytes_direct(body, length, &apdu->data)) {
            return false;
        }
        if (body->left == 0) {
            return true;
        }
        if (!get_u16(body, &length)) {
            return false;
        }
    }
    apdu->ne_is_maximum = length == 0;
    apdu->ne = apdu->ne_is_maximum ? APDU_NE_EXTENDED_MAX : length;
    return body->left == 0;
}

bool apdu_parse(const uint8_t *bytes, size_t size, struct apdu *apdu)
{
    struct reader all = reader_of(bytes, size);
    struct apdu parsed = {0};
    if (!get_u8(&all, &parsed.cla) || !get_u8(&all, &parsed.ins) || !get_u8(&all, &parsed.p1) ||
        !get_u8(&all, &parsed.p2)) {
        return false;
    }
    bool fits = true;
    if (all.left > 0) {
        bool extended = all.left > 1 && all.next[0] == 0;
        fits = extended ? parse_extended(&all, &parsed) : parse_short(&all, &parsed);
    }
    if (fits) {
        *apdu = parsed;
    }
    return fits;
}
