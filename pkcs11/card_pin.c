/* The card's PINs: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER; ISO/IEC 7816-4:2013, 11.5.6,
 * 11.5.7 and 11.5.10. */
#include "pkcs11/card_private.h"

static bool characters_are_allowed(const struct pkcs15_pin *pin, const struct secret *value)
{
    size_t size = secret_size(value);
    const uint8_t *bytes = secret_bytes_direct(value);
    if (pin->type != PKCS15_PIN_ASCII_NUMERIC) {
        return pin->type == PKCS15_PIN_UTF8;
    }
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < '0' || bytes[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool value_is_allowed(const struct pkcs15_pin *pin, const struct secret *value)
{
    size_t size = secret_size(value);
    return size >= pin->min_size && size <= pin->max_size && characters_are_allowed(pin, value);
}

static bool is_initialized(const struct pkcs15_pin *pin)
{
    return (pin->flags & PKCS15_PIN_INITIALIZED) != 0;
}

/* What CHANGE REFERENCE DATA may be given as the old value. */
static bool old_value_is_allowed(const struct card *card, const struct pkcs15_pin *pin,
                                 const struct secret *value)
{
    return is_initialized(pin) ? value_is_allowed(pin, value)
                               : secret_size(value) == card->profile->transport_size &&
                                     characters_are_allowed(pin, value);
}

static bool append_value(struct secret *command, const struct pkcs15_pin *pin,
                         const struct secret *value)
{
    const uint8_t *bytes = secret_bytes_direct(value);
    size_t size = secret_size(value);
    size_t padded = (pin->flags & PKCS15_PIN_NEEDS_PADDING) != 0 && pin->stored_size > size
                        ? pin->stored_size
                        : size;
    for (size_t i = 0; i < padded; i++) {
        if (!secret_append(command, i < size ? bytes[i] : pin->pad)) {
            return false;
        }
    }
    return true;
}

/* A command whose data are the values of two PINs, or of one if `second` is NULL. */
static struct secret *secret_command(uint8_t ins, const struct pkcs15_pin *pin,
                                     const struct pkcs15_pin *first_pin, const struct secret *first,
                                     const struct secret *second)
{
    struct secret *data = secret_new();
    struct secret *command = secret_new();
    bool done = data != NULL && command != NULL && append_value(data, first_pin, first) &&
                (second == NULL || append_value(data, pin, second)) &&
                secret_append(command, 0x00) && secret_append(command, ins) &&
                secret_append(command, 0x00) && secret_append(command, pin->reference) &&
                secret_append(command, (uint8_t)secret_size(data));
    for (size_t i = 0; done && i < secret_size(data); i++) {
        done = secret_append(command, secret_bytes_direct(data)[i]);
    }
    secret_free(&data);
    if (!done) {
        secret_free(&command);
    }
    return command;
}

/* Where the card looks for this PIN: a global one it finds from everywhere. One without a path is
 * the application's, which a card without a master file must be told to enter first, and which
 * entered again forgets the PIN. */
static enum status go_to(struct card *card, const struct pkcs15_pin *pin)
{
    if ((pin->flags & PKCS15_PIN_LOCAL) == 0 && pin->path.size > 0) {
        return STATUS_OK;
    }
    return card_enter(card, &pin->path);
}

void card_set_verified(struct card *card, const struct pkcs15_pin *pin, bool verified)
{
    const struct pkcs15_pin **empty = NULL;
    for (size_t i = 0; i < PKCS15_PINS_MAX; i++) {
        if (card->verified[i] == pin) {
            card->verified[i] = NULL;
        }
        if (card->verified[i] == NULL) {
            empty = &card->verified[i];
        }
    }
    if (verified && empty != NULL) {
        *empty = pin;
    }
}

bool card_is_verified(const struct card *card, const struct pkcs15_pin *pin)
{
    for (size_t i = 0; i < PKCS15_PINS_MAX; i++) {
        if (card->verified[i] == pin) {
            return link_is_held(card->link);
        }
    }
    return false;
}

/* A card that wants the PIN's directory selected even for a global one says so without spending a
 * try. */
static enum status send_pin_command(struct card *card, const struct pkcs15_pin *pin,
                                    const struct secret *command, struct apdu_response *response)
{
    enum status status = go_to(card, pin);
    if (status == STATUS_OK) {
        status = card_exchange_secret(card, command, response);
    }
    if (status == STATUS_OK && response->sw == SW_REFERENCE_NOT_FOUND && pin->path.size > 0 &&
        !card_is_in(card, &pin->path)) {
        status = card_enter(card, &pin->path);
        if (status == STATUS_OK) {
            status = card_exchange_secret(card, command, response);
        }
    }
    return status;
}

enum status card_verify(struct card *card, const struct pkcs15_pin *pin, const struct secret *value,
                        uint32_t *tries_left)
{
    struct apdu_response response;
    unsigned tries;
    if (!value_is_allowed(pin, value)) {
        return STATUS_PIN_LENGTH;
    }
    struct secret *command = secret_command(APDU_VERIFY, pin, pin, value, NULL);
    if (command == NULL) {
        return STATUS_INTERNAL;
    }
    enum status status = send_pin_command(card, pin, command, &response);
    secret_free(&command);
    if (status != STATUS_OK) {
        return status;
    }
    status = apdu_status_of_pin(response.sw);
    card_set_verified(card, pin, status == STATUS_OK);
    if (tries_left != NULL && status == STATUS_PIN_WRONG && apdu_tries_left(response.sw, &tries)) {
        *tries_left = tries;
    }
    return status;
}

enum status card_change_pin(struct card *card, const struct pkcs15_pin *pin,
                            const struct secret *old_value, const struct secret *new_value)
{
    struct apdu_response response;
    if (!old_value_is_allowed(card, pin, old_value) || !value_is_allowed(pin, new_value)) {
        return STATUS_PIN_LENGTH;
    }
    struct secret *command =
        secret_command(APDU_CHANGE_REFERENCE_DATA, pin, pin, old_value, new_value);
    if (command == NULL) {
        return STATUS_INTERNAL;
    }
    enum status status = send_pin_command(card, pin, command, &response);
    secret_free(&command);
    if (status != STATUS_OK) {
        return status;
    }
    card_set_verified(card, pin, false);
    return apdu_status_of_pin(response.sw);
}

enum status card_unblock_pin(struct card *card, const struct pkcs15_pin *pin,
                             const struct pkcs15_pin *puk, const struct secret *puk_value,
                             const struct secret *new_value)
{
    struct apdu_response response;
    if (!value_is_allowed(puk, puk_value) || !value_is_allowed(pin, new_value)) {
        return STATUS_PIN_LENGTH;
    }
    struct secret *command =
        secret_command(APDU_RESET_RETRY_COUNTER, pin, puk, puk_value, new_value);
    if (command == NULL) {
        return STATUS_INTERNAL;
    }
    enum status status = send_pin_command(card, pin, command, &response);
    secret_free(&command);
    if (status != STATUS_OK) {
        return status;
    }
    card_set_verified(card, pin, false);
    status = apdu_status_of_pin(response.sw);
    return status == STATUS_PIN_BLOCKED ? STATUS_PUK_BLOCKED : status;
}

enum status card_tries(struct card *card, const struct pkcs15_pin *pin, uint32_t *tries)
{
    const struct apdu apdu = {.ins = APDU_VERIFY, .p2 = pin->reference};
    struct apdu_response response;
    unsigned left;
    enum status status = go_to(card, pin);
    if (status == STATUS_OK) {
        status = card_exchange(card, &apdu, &response);
    }
    if (status == STATUS_OK && response.sw == SW_REFERENCE_NOT_FOUND && pin->path.size > 0 &&
        !card_is_in(card, &pin->path)) {
        status = card_enter(card, &pin->path);
        if (status == STATUS_OK) {
            status = card_exchange(card, &apdu, &response);
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (apdu_tries_left(response.sw, &left)) {
        *tries = left;
    } else if (response.sw == SW_BLOCKED || response.sw == SW_REFERENCE_UNUSABLE) {
        *tries = 0;
    } else {
        *tries = CARD_TRIES_UNKNOWN;
    }
    return STATUS_OK;
}
