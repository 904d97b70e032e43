/* GET DATA and GET CHALLENGE, ISO/IEC 7816-4:2013, 11.4.3 and 11.5.3. */
#include <openssl/rand.h>
#include <string.h>

#include "tests/card/command.h"
#include "tests/card/iso7816.h"

#define CHALLENGE_MAX 256

uint16_t command_get_data(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    if (apdu->data_size > 0 || apdu->ne == 0) {
        return SW_WRONG_LENGTH;
    }
    uint16_t tag = (uint16_t)(apdu->p1 << 8 | apdu->p2);
    for (size_t i = 0; i < card->data_object_count; i++) {
        const struct data_object *object = &card->data_objects[i];
        if (object->cla == apdu->cla && object->tag == tag) {
            return put_bytes(out, object->value, object->size) ? SW_OK : SW_INTERNAL;
        }
    }
    return SW_REFERENCE_NOT_FOUND;
}

/* The counters of a PIN as a PIN object's control parameters: an extended header list
 * `4D 08 70 06 BF80rr 02 62 80`, rr the reference's low five bits
 * (facts/georgian-id-card.md, counters). */
uint16_t command_get_data_odd(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    static const uint8_t head[] = {0x4D, 0x08, 0x70, 0x06, 0xBF, 0x80};
    static const uint8_t tail[] = {0x02, 0x62, 0x80};
    const size_t reference_at = sizeof head;
    const size_t size = sizeof head + 1 + sizeof tail;
    if (apdu->p1 != 0x3F || apdu->p2 != 0xFF) {
        return SW_WRONG_P1P2;
    }
    if (apdu->data_size == 0 || apdu->ne == 0) {
        return SW_WRONG_LENGTH;
    }
    if (apdu->data_size != size || memcmp(apdu->data, head, sizeof head) != 0 ||
        memcmp(apdu->data + reference_at + 1, tail, sizeof tail) != 0) {
        return SW_WRONG_DATA;
    }
    const uint8_t low = apdu->data[reference_at];
    const struct pin *pin = low > 0x1F ? NULL : pins_find(&card->pins, card->directory, 0x80 | low);
    if (pin == NULL) {
        return SW_REFERENCE_NOT_FOUND;
    }
    const uint8_t answer[] = {0x70,
                              0x0C,
                              0xBF,
                              0x80,
                              low,
                              0x08,
                              0x62,
                              0x06,
                              0x9A,
                              0x01,
                              (uint8_t)pin->tries,
                              0x9B,
                              0x01,
                              (uint8_t)pin->left};
    return put_bytes(out, answer, sizeof answer) ? SW_OK : SW_INTERNAL;
}

uint16_t command_get_challenge(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    (void)card;
    if (apdu->p1 != 0x00 || apdu->p2 != 0x00) {
        return SW_WRONG_P1P2;
    }
    if (apdu->data_size > 0 || apdu->ne == 0) {
        return SW_WRONG_LENGTH;
    }
    size_t size = apdu->ne < CHALLENGE_MAX ? apdu->ne : CHALLENGE_MAX;
    uint8_t *space = put_space(out, size);
    return space != NULL && RAND_bytes(space, (int)size) == 1 ? SW_OK : SW_INTERNAL;
}
