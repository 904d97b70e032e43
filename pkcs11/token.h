/*
 * A token: one PIN of a card, and the keys that it opens. Its functions are done with the device's
 * lock held.
 *
 * How a PIN lives (docs/security.md, A2): after VERIFY the card is held until the signature, or for
 * CARD_HOLD_MS, and then reset. For keys that a PIN opens for many uses, a copy of the PIN in
 * locked memory (link_keep_pin) lets each later signature verify anew, until the log-out, the
 * card's removal, or TOKEN_PIN_LIFE_MS.
 */
#ifndef PIRADI_PKCS11_TOKEN_H
#define PIRADI_PKCS11_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/secret.h"
#include "base/status.h"
#include "pkcs11/pkcs15.h"

#define TOKEN_PIN_LIFE_MS ((int64_t)10 * 60 * 1000)

struct device;

/* The order of the slots. */
enum token_role { TOKEN_AUTHENTICATION, TOKEN_SIGNATURE };

struct token {
    struct device *device; /* lent: its owner */
    enum token_role role;
    const struct pkcs15_pin *pin; /* lent by the device; NULL: no token in this slot */
    bool logged_in;
    int64_t logged_in_until;
};

/* The key asks for its PIN before each use. */
bool token_key_asks_always(const struct pkcs15_key *key);
/* Whether the key is this token's. */
bool token_has_key(const struct token *token, const struct pkcs15_key *key);

/* PIN_NOT_SET while the transport PIN has not been replaced; PIN_LENGTH, PIN_WRONG, PIN_BLOCKED;
 * the card's own. Only a success changes the state. */
enum status token_login(struct token *token, const struct secret *pin) MUST_USE;
/* Verifies the PIN for one use of a key that asks always; logs nobody in. */
enum status token_login_for_key(struct token *token, const struct secret *pin) MUST_USE;
void token_logout(struct token *token);
/* Logs out whoever is in for too long. */
bool token_is_logged_in(struct token *token);

/* The tries left, from the card. CARD_TRIES_UNKNOWN when it does not tell. */
enum status token_tries(struct token *token, uint32_t *tries) MUST_USE;

/* As card_sign. *logged_in is false, and nothing was signed, when the PIN must be given (again). */
enum status token_sign(struct token *token, const struct pkcs15_key *key, const uint8_t *input,
                       size_t size, uint8_t *signature, size_t *signature_size,
                       bool *logged_in) MUST_USE;

#endif
