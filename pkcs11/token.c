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

const struct pkcs15_pin *token_puk(const struct token *token)
{
    const struct pkcs15_pin *puk =
        pkcs15_find_pin(&token->device->pins, &token->pin->common.auth_id);
    bool unblocks = puk != NULL && (puk->flags & PKCS15_PIN_UNBLOCKING) != 0 &&
                    (token->pin->flags & PKCS15_PIN_UNBLOCK_DISABLED) == 0;
    return unblocks ? puk : NULL;
}

enum status token_pin_is_set(struct token *token, bool *is_set)
{
    enum status status = STATUS_OK;
    if ((token->pin->flags & PKCS15_PIN_INITIALIZED) == 0) {
        status = device_refresh_pins(token->device);
    }
    if (status == STATUS_OK) {
        *is_set = (token->pin->flags & PKCS15_PIN_INITIALIZED) != 0;
    }
    return status;
}

/* With the value, or, where it is NULL, on the pad. The card is taken. */
static enum status verify(struct token *token, const struct pkcs15_pin *pin,
                          const struct secret *value)
{
    struct device *device = token->device;
    return value != NULL ? card_verify(device->card, pin, value, NULL)
                         : card_verify_on_pad(device->card, &device->pad, pin);
}

/* Takes the card, verifies, and leaves the card held. */
static enum status verify_and_keep(struct token *token, const struct secret *pin)
{
    struct card *card = token->device->card;
    bool is_set = false;
    enum status status = token_pin_is_set(token, &is_set);
    if (status != STATUS_OK || !is_set) {
        return status == STATUS_OK ? STATUS_PIN_NOT_SET : status;
    }
    status = card_take(card, LINK_HOLD);
    if (status != STATUS_OK) {
        return device_result(token->device, status);
    }
    status = verify(token, token->pin, pin);
    if (status == STATUS_OK) {
        card_keep(card, CARD_HOLD_MS);
    } else {
        card_release(card);
    }
    return device_result(token->device, status);
}

static bool keep_pin(struct token *token, const struct secret *pin)
{
    return link_keep_pin(token->device->link, token->role, pin, TOKEN_PIN_LIFE_MS);
}

static void note_login(struct token *token, enum token_user user)
{
    token->user = user;
    token->user_until = now_ms() + TOKEN_PIN_LIFE_MS;
}

/* For the uses that follow: a copy of the PIN, or where there is none, the card as it is. */
static bool keep_login(struct token *token, const struct secret *pin)
{
    if (!pin_is_for_many_uses(token)) {
        return true;
    }
    if (pin != NULL) {
        return keep_pin(token, pin);
    }
    card_keep(token->device->card, TOKEN_PIN_LIFE_MS);
    return true;
}

enum status token_login(struct token *token, const struct secret *pin)
{
    enum status status = verify_and_keep(token, pin);
    if (status == STATUS_OK && !keep_login(token, pin)) {
        card_release(token->device->card);
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        note_login(token, TOKEN_USER);
        token->on_pad = pin == NULL;
    }
    return status;
}

enum status token_login_so(struct token *token, const struct secret *puk)
{
    struct card *card = token->device->card;
    enum status status = card_take(card, LINK_HOLD);
    if (status != STATUS_OK) {
        return device_result(token->device, status);
    }
    status = verify(token, token_puk(token), puk);
    card_release(card);
    if (status == STATUS_PIN_BLOCKED) {
        status = STATUS_PUK_BLOCKED;
    }
    if (status == STATUS_OK && puk != NULL && !keep_pin(token, puk)) {
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        note_login(token, TOKEN_SO);
        token->on_pad = puk == NULL;
    }
    return device_result(token->device, status);
}

enum status token_login_for_key(struct token *token, const struct secret *pin)
{
    return verify_and_keep(token, pin);
}

void token_end_login_for_key(struct token *token)
{
    struct device *device = token->device;
    if (device->card != NULL && link_is_held(device->link)) {
        card_release(device->card);
    }
}

void token_logout(struct token *token)
{
    if (token->user == TOKEN_NOBODY) {
        return;
    }
    token->user = TOKEN_NOBODY;
    link_drop_pin(token->device->link, token->role);
    token_end_login_for_key(token);
}

enum token_user token_user(struct token *token)
{
    if (token->user != TOKEN_NOBODY && now_ms() >= token->user_until) {
        token_logout(token);
    }
    return token->user;
}

enum status token_tries(struct token *token, const struct pkcs15_pin *pin, uint32_t *tries)
{
    struct card *card = token->device->card;
    enum status status = card_take(card, LINK_READ);
    if (status != STATUS_OK) {
        return device_result(token->device, status);
    }
    status = card_tries(card, pin, tries);
    card_done(card);
    return device_result(token->device, status);
}

/* A login that stands goes on with the new value. */
static enum status change(struct token *token, const struct pkcs15_pin *pin,
                          const struct secret *old_value, const struct secret *new_value)
{
    struct device *device = token->device;
    struct card *card = device->card;
    bool is_kept =
        new_value != NULL && !token->on_pad &&
        (token->user == TOKEN_SO || (token->user == TOKEN_USER && pin_is_for_many_uses(token)));
    enum status status = card_take(card, LINK_HOLD);
    if (status == STATUS_OK) {
        status = new_value != NULL ? card_change_pin(card, pin, old_value, new_value)
                                   : card_change_pin_on_pad(card, &device->pad, pin);
        card_release(card);
    }
    if (status == STATUS_OK && is_kept && !keep_pin(token, new_value)) {
        status = STATUS_INTERNAL;
    }
    return device_result(token->device, status);
}

static enum status unblock(struct token *token, const struct secret *puk,
                           const struct secret *new_value)
{
    struct device *device = token->device;
    struct card *card = device->card;
    enum status status = card_take(card, LINK_HOLD);
    if (status == STATUS_OK) {
        status = new_value != NULL
                     ? card_unblock_pin(card, token->pin, token_puk(token), puk, new_value)
                     : card_unblock_pin_on_pad(card, &device->pad, token->pin, token_puk(token));
        card_release(card);
    }
    return device_result(token->device, status);
}

enum status token_set_pin(struct token *token, const struct secret *old_value,
                          const struct secret *new_value)
{
    uint32_t tries = CARD_TRIES_UNKNOWN;
    bool is_set = false;
    if (token_user(token) == TOKEN_SO) {
        enum status status = change(token, token_puk(token), old_value, new_value);
        return status == STATUS_PIN_BLOCKED ? STATUS_PUK_BLOCKED : status;
    }
    enum status status = token_pin_is_set(token, &is_set);
    if (status == STATUS_OK && is_set && token->user == TOKEN_NOBODY) {
        status = token_tries(token, token->pin, &tries);
    }
    if (status != STATUS_OK) {
        return status;
    }
    return tries == 0 && token_puk(token) != NULL ? unblock(token, old_value, new_value)
                                                  : change(token, token->pin, old_value, new_value);
}

enum status token_unblock(struct token *token, const struct secret *new_value, bool *logged_in)
{
    bool is_set = false;
    enum status status = token_pin_is_set(token, &is_set);
    if (status != STATUS_OK || !is_set) {
        return status == STATUS_OK ? STATUS_PIN_NOT_SET : status;
    }
    if (new_value == NULL) {
        *logged_in = token_user(token) == TOKEN_SO;
        return *logged_in ? unblock(token, NULL, NULL) : STATUS_OK;
    }
    struct secret *puk = secret_new();
    if (puk == NULL) {
        return STATUS_INTERNAL;
    }
    *logged_in =
        token_user(token) == TOKEN_SO && link_copy_pin(token->device->link, token->role, puk);
    if (*logged_in) {
        status = unblock(token, puk, new_value);
    }
    secret_free(&puk);
    return status;
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
    if (link_copy_pin(token->device->link, token->role, pin)) {
        status = card_verify(card, token->pin, pin, NULL);
        *verified = status == STATUS_OK;
    }
    secret_free(&pin);
    return status;
}

/* The card is taken. */
static enum status sign_taken(struct token *token, const struct pkcs15_key *key,
                              const struct card_input *input, uint8_t *signature,
                              size_t *signature_size, bool *logged_in)
{
    bool verified = false;
    enum status status = verify_again(token, key, &verified);
    if (status != STATUS_OK) {
        /* Changed behind our back: another attempt would cost another try. */
        link_drop_pin(token->device->link, token->role);
        token->user = TOKEN_NOBODY;
        return status;
    }
    if (!verified && !token_key_asks_always(key)) {
        token->user = TOKEN_NOBODY;
    }
    *logged_in = verified;
    return verified
               ? card_sign(token->device->card, key, token->pin, input, signature, signature_size)
               : STATUS_OK;
}

enum status token_sign(struct token *token, const struct pkcs15_key *key,
                       const struct card_input *input, uint8_t *signature, size_t *signature_size,
                       bool *logged_in)
{
    struct card *card = token->device->card;
    if (token_user(token) != TOKEN_USER) {
        *logged_in = false;
        return STATUS_OK;
    }
    enum status status = card_take(card, LINK_HOLD);
    if (status != STATUS_OK) {
        return device_result(token->device, status);
    }
    status = sign_taken(token, key, input, signature, signature_size, logged_in);
    if (token->on_pad && *logged_in && !token_key_asks_always(key)) {
        card_keep(card, token->user_until - now_ms());
    } else {
        card_release_soon(card);
    }
    return device_result(token->device, status);
}
