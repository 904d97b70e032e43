#include "tests/card/pin.h"

#include <string.h>

#include "tests/card/iso7816.h"

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

static uint16_t check_form(const struct pin *pin, const uint8_t *value, size_t size)
{
    if (size < pin->minimum || size > pin->maximum) {
        return SW_WRONG_LENGTH;
    }
    for (size_t i = 0; i < size; i++) {
        if (value[i] < '0' || value[i] > '9') {
            return SW_WRONG_DATA;
        }
    }
    return SW_OK;
}

/* Spends a try or gives all of them back. */
static uint16_t compare(struct pin *pin, const uint8_t *value, size_t size)
{
    if (pin->left == 0) {
        return SW_BLOCKED;
    }
    if (size != pin->size || memcmp(pin->value, value, size) != 0) {
        pin->left--;
        pin->verified = false;
        return tries_left(pin);
    }
    pin->left = pin->tries;
    return SW_OK;
}

static void replace(struct pin *pin, const uint8_t *value, size_t size)
{
    memcpy(pin->value, value, size);
    pin->size = size;
}

uint16_t pin_verify(struct pin *pin, const uint8_t *data, size_t size)
{
    if (pin->transport) {
        return SW_CONDITIONS;
    }
    uint16_t form = check_form(pin, data, size);
    if (form != SW_OK) {
        return form;
    }
    uint16_t result = compare(pin, data, size);
    if (result == SW_OK) {
        pin->verified = true;
    }
    return result;
}

/* The command does not say where the first value ends: it is as long as the one on the card. */
uint16_t pin_change(struct pin *pin, const uint8_t *data, size_t size)
{
    if (size < pin->size) {
        return SW_WRONG_LENGTH;
    }
    const uint8_t *fresh = data + pin->size;
    size_t fresh_size = size - pin->size;
    uint16_t form = check_form(pin, fresh, fresh_size);
    if (form != SW_OK) {
        return form;
    }
    uint16_t result = compare(pin, data, pin->size);
    if (result == SW_OK) {
        replace(pin, fresh, fresh_size);
        pin->verified = false;
        pin->transport = false;
    }
    return result;
}

uint16_t pin_unblock(struct pin *pin, bool new_pin_follows, const uint8_t *data, size_t size)
{
    struct pin *puk = pin->unblocked_by;
    if (puk == NULL || (pin->transport && new_pin_follows)) {
        return SW_CONDITIONS;
    }
    if (size < puk->size || (!new_pin_follows && size != puk->size)) {
        return SW_WRONG_LENGTH;
    }
    const uint8_t *fresh = data + puk->size;
    size_t fresh_size = size - puk->size;
    uint16_t form = new_pin_follows ? check_form(pin, fresh, fresh_size) : SW_OK;
    if (form != SW_OK) {
        return form;
    }
    uint16_t result = compare(puk, data, puk->size);
    if (result == SW_OK) {
        if (new_pin_follows) {
            replace(pin, fresh, fresh_size);
        }
        pin->left = pin->tries;
        pin->verified = false;
    }
    return result;
}
