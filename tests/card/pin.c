#include "tests/card/pin.h"

#include <string.h>

#include "base/buffer.h"
#include "tests/card/iso7816.h"

#define PAD 0xFF

struct pin *pins_find(struct pins *pins, const struct file *current, uint8_t reference)
{
    for (const struct file *directory = current; directory != NULL; directory = directory->parent) {
        for (size_t i = 0; i < pins->count; i++) {
            struct pin *pin = &pins->list[i];
            if (pin->reference == reference && pin->directory == directory) {
                return pin;
            }
        }
    }
    return NULL;
}

void pins_reset(struct pins *pins)
{
    for (size_t i = 0; i < pins->count; i++) {
        pins->list[i].verified = false;
    }
}

void pins_enter(struct pins *pins, const struct file *current)
{
    for (size_t i = 0; i < pins->count; i++) {
        if (!file_is_within(current, pins->list[i].directory)) {
            pins->list[i].verified = false;
        }
    }
}

static uint16_t tries_left(const struct pin *pin)
{
    return (uint16_t)(SW_TRIES | pin->left);
}

uint16_t pin_counter(const struct pin *pin)
{
    return pin->verified ? SW_OK : tries_left(pin);
}

static void drop_padding(const struct pin *pin, struct reader *value)
{
    while (pin->padded > 0 && value->left > 0 && value->next[value->left - 1] == PAD) {
        value->left--;
    }
}

/* The value that is on the card comes first. The command does not say where it ends: it is as long
 * as that, or as all padded ones. */
static bool take_known(const struct pin *pin, struct reader *data, struct reader *value)
{
    if (!get_reader(data, pin->padded > 0 ? pin->padded : pin->size, value)) {
        return false;
    }
    drop_padding(pin, value);
    return true;
}

/* All that is left is a value which the PIN could have. */
static uint16_t take_rest(const struct pin *pin, struct reader *data, struct reader *value)
{
    if (pin->padded > 0 && data->left != pin->padded) {
        return SW_WRONG_LENGTH;
    }
    *value = *data;
    drop_padding(pin, value);
    if (value->left < pin->minimum || value->left > pin->maximum) {
        return SW_WRONG_LENGTH;
    }
    for (size_t i = 0; i < value->left; i++) {
        if (value->next[i] < '0' || value->next[i] > '9') {
            return SW_WRONG_DATA;
        }
    }
    return SW_OK;
}

/* Spends a try or gives all of them back. */
static uint16_t compare(struct pin *pin, struct reader value)
{
    if (pin->left == 0) {
        return SW_BLOCKED;
    }
    if (value.left != pin->size || memcmp(pin->value, value.next, value.left) != 0) {
        pin->left--;
        pin->verified = false;
        return tries_left(pin);
    }
    pin->left = pin->tries;
    return SW_OK;
}

static void replace(struct pin *pin, struct reader value)
{
    memcpy(pin->value, value.next, value.left);
    pin->size = value.left;
}

uint16_t pin_verify(struct pin *pin, const uint8_t *data, size_t size)
{
    struct reader left = reader_of(data, size);
    struct reader value;
    if (pin->transport) {
        return SW_CONDITIONS;
    }
    uint16_t status = take_rest(pin, &left, &value);
    if (status == SW_OK) {
        status = compare(pin, value);
    }
    if (status == SW_OK) {
        pin->verified = true;
    }
    return status;
}

uint16_t pin_change(struct pin *pin, const uint8_t *data, size_t size)
{
    struct reader left = reader_of(data, size);
    struct reader old;
    struct reader fresh;
    if (!take_known(pin, &left, &old)) {
        return SW_WRONG_LENGTH;
    }
    uint16_t status = take_rest(pin, &left, &fresh);
    if (status == SW_OK) {
        status = compare(pin, old);
    }
    if (status == SW_OK) {
        replace(pin, fresh);
        pin->verified = false;
        pin->transport = false;
    }
    return status;
}

uint16_t pin_unblock(struct pin *pin, bool new_pin_follows, const uint8_t *data, size_t size)
{
    struct reader left = reader_of(data, size);
    struct reader code;
    struct reader fresh;
    struct pin *puk = pin->unblocked_by;
    if (puk == NULL || (pin->transport && new_pin_follows)) {
        return SW_CONDITIONS;
    }
    if (!take_known(puk, &left, &code) || (!new_pin_follows && left.left > 0)) {
        return SW_WRONG_LENGTH;
    }
    uint16_t status = new_pin_follows ? take_rest(pin, &left, &fresh) : SW_OK;
    if (status == SW_OK) {
        status = compare(puk, code);
    }
    if (status == SW_OK && new_pin_follows) {
        replace(pin, fresh);
    }
    if (status == SW_OK) {
        pin->left = pin->tries;
        pin->verified = false;
    }
    return status;
}
