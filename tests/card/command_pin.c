/* VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER: ISO/IEC 7816-4:2013, 11.5.6, 11.5.7 and
 * 11.5.10; and the log-out of MyEID cards. */
#include "tests/card/command.h"
#include "tests/card/iso7816.h"

/* The PIN that P2 names, for a command that takes data and gives none. */
static uint16_t find(struct card *card, const struct apdu *apdu, struct pin **pin)
{
    if (apdu->ne > 0) {
        return SW_WRONG_LENGTH;
    }
    *pin = pins_find(&card->pins, card->directory, apdu->p2);
    return *pin != NULL ? SW_OK : SW_REFERENCE_NOT_FOUND;
}

uint16_t command_verify(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    (void)out;
    struct pin *pin;
    if (apdu->p1 != 0x00) {
        return SW_WRONG_P1P2;
    }
    uint16_t status = find(card, apdu, &pin);
    if (status != SW_OK) {
        return status;
    }
    return apdu->data_size == 0 ? pin_counter(pin) : pin_verify(pin, apdu->data, apdu->data_size);
}

uint16_t command_change_reference_data(struct card *card, const struct apdu *apdu,
                                       struct buffer *out)
{
    (void)out;
    struct pin *pin;
    if (apdu->p1 != 0x00) {
        return SW_WRONG_P1P2;
    }
    uint16_t status = find(card, apdu, &pin);
    if (status == SW_OK) {
        status = pin_change(pin, apdu->data, apdu->data_size);
    }
    if (status == SW_OK && pin->announced_in != NULL) {
        file_settle(pin->announced_in);
    }
    return status;
}

uint16_t command_reset_retry_counter(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    (void)out;
    struct pin *pin;
    bool new_pin_follows = apdu->p1 == 0x00;
    if (!new_pin_follows && apdu->p1 != 0x01) {
        return SW_WRONG_P1P2;
    }
    uint16_t status = find(card, apdu, &pin);
    if (status != SW_OK) {
        return status;
    }
    return pin_unblock(pin, new_pin_follows, apdu->data, apdu->data_size);
}

/* Of all PINs at once, the only form that OpenSC's driver uses. */
uint16_t command_log_out(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    (void)out;
    if (!card->logs_out) {
        return SW_INS;
    }
    if (apdu->p1 != 0x00 || apdu->p2 != 0x00) {
        return SW_WRONG_P1P2;
    }
    if (apdu->data_size > 0 || apdu->ne > 0) {
        return SW_WRONG_LENGTH;
    }
    pins_reset(&card->pins);
    return SW_OK;
}
