#include "pkcs11/token.h"

#include "pkcs11/device.h"

bool token_key_asks_always(const struct pkcs15_key *key)
{
    return key->common.user_consent > 0 || (key->usage & PKCS15_USAGE_NON_REPUDIATION) != 0;
}

bool token_has_key(const struct token *token, const struct pkcs15_key *key)
{
    return token->pin != NULL && pkcs15_id_equal(&token->pin->id, &key->common.auth_id);
}

/* Whether a copy of the PIN would open anything more than once. */
static bool pin_is_for_many_uses(const struct token *token)
{
    const struct pkcs15_keys *keys = &token->device->keys;
    for (size_t i = 0; i < keys->count; i++) {
        if (token_has_key(token, &keys->list[i]) && !token_key_asks_always(&keys->list[i])) {
            return true;
        }
    }
    return false;
}

/* Takes the card, verifies, and leaves the card held. */
static enum status verify_and_keep(struct token *token, const struct secret *pin)
{
    struct card *card = token->device->card;
    if ((token->pin->flags & PKCS15_PIN_INITIALIZED) == 0) {
        return STATUS_PIN_NOT_SET;
    }
    enum status status = card_take(card, LINK_HOLD);
    if (status != STATUS_OK) {
        return device_result(token->device, status);
    }
    status = card_verify(card, token->pin, pin, NULL);
    if (status == STATUS_OK) {
        card_keep(card);
    } else {
        card_release(card);
    }
    return device_result(token->device, status);
}

enum status token_login(struct token *token, const struct secret *pin)
{
    struct link *link = token->device->link;
    enum status status = verify_and_keep(token, pin);
    if (status == STATUS_OK && pin_is_for_many_uses(token) &&
        !link_keep_pin(link, pin, TOKEN_PIN_LIFE_MS)) {
        card_release(token->device->card);
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        token->logged_in = true;
        token->logged_in_until = now_ms() + TOKEN_PIN_LIFE_MS;
    }
    return status;
}

enum status token_login_for_key(struct token *token, const struct secret *pin)
{
    return verify_and_keep(token, pin);
}

void token_logout(struct token *token)
{
    struct device *device = token->device;
    if (!token->logged_in) {
        return;
    }
    token->logged_in = false;
    if (pin_is_for_many_uses(token)) {
        link_drop_pin(device->link);
    }
    if (device->card != NULL && link_is_held(device->link)) {
        card_release(device->card);
    }
}

bool token_is_logged_in(struct token *token)
{
    if (token->logged_in && now_ms() >= token->logged_in_until) {
        token_logout(token);
    }
    return token->logged_in;
}

enum status token_tries(struct token *token, uint32_t *tries)
{
    struct card *card = token->device->card;
    enum status status = card_take(card, LINK_READ);
    if (status != STATUS_OK) {
        return device_result(token->device, status);
    }
    status = card_tries(card, token->pin, tries);
    card_done(card);
    return device_result(token->device, status);
}

/* Where the PIN's effect has ended, with the copy of it. *verified is false if there is none. */
static enum status verify_again(struct token *token, const struct pkcs15_key *key, bool *verified)
{
    struct card *card = token->device->card;
    enum status status = STATUS_OK;
    *verified = card_is_verified(card, token->pin);
    if (*verified || token_key_asks_always(key)) {
        return STATUS_OK;
    }
    struct secret *pin = secret_new();
    if (pin == NULL) {
        return STATUS_INTERNAL;
    }
    if (link_copy_pin(token->device->link, pin)) {
        status = card_verify(card, token->pin, pin, NULL);
        *verified = status == STATUS_OK;
    }
    secret_free(&pin);
    return status;
}

/* The card is taken. */
static enum status sign_taken(struct token *token, const struct pkcs15_key *key,
                              const uint8_t *input, size_t size, uint8_t *signature,
                              size_t *signature_size, bool *logged_in)
{
    bool verified = false;
    enum status status = verify_again(token, key, &verified);
    if (status != STATUS_OK) {
        /* Changed behind our back: another attempt would cost another try. */
        link_drop_pin(token->device->link);
        token->logged_in = false;
        return status;
    }
    *logged_in = verified;
    return verified ? card_sign(token->device->card, key, token->pin, input, size, signature,
                                signature_size)
                    : STATUS_OK;
}

enum status token_sign(struct token *token, const struct pkcs15_key *key, const uint8_t *input,
                       size_t size, uint8_t *signature, size_t *signature_size, bool *logged_in)
{
    struct card *card = token->device->card;
    if (!token_is_logged_in(token)) {
        *logged_in = false;
        return STATUS_OK;
    }
    enum status status = card_take(card, LINK_HOLD);
    if (status == STATUS_OK) {
        status = sign_taken(token, key, input, size, signature, signature_size, logged_in);
        card_release(card);
    }
    return device_result(token->device, status);
}
