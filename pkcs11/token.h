/*
 * A token: one PIN of a card, and the keys that it opens. Its functions are done with the device's
 * lock held.
 *
 * How a PIN lives (docs/security.md, A2): after VERIFY the card is held until the signature, or for
 * CARD_HOLD_MS, and then reset. For keys that a PIN opens for many uses, a copy of the PIN in
 * locked memory (link_keep_pin) lets each later signature verify anew, until the log-out, the
 * card's removal, or TOKEN_PIN_LIFE_MS. A PIN that was typed on the reader's pad cannot be copied:
 * then the card itself is held for so long.
 *
 * A value that is NULL is typed on the pad, which must have that feature (device_read_pad).
 */
#ifndef PIRADI_PKCS11_TOKEN_H
#define PIRADI_PKCS11_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/secret.h"
#include "base/status.h"
#include "pkcs11/card.h"
#include "pkcs11/pkcs15.h"

#define TOKEN_PIN_LIFE_MS ((int64_t)10 * 60 * 1000)

struct device;

/* The order of the slots. */
enum token_role { TOKEN_AUTHENTICATION, TOKEN_SIGNATURE };

/* Whose PIN was given: the holder's PIN of this token, or the PUK. */
enum token_user { TOKEN_NOBODY, TOKEN_USER, TOKEN_SO };

struct token {
    struct device *device; /* lent: its owner */
    enum token_role role;
    const struct pkcs15_pin *pin; /* lent by the device; NULL: no token in this slot */
    enum token_user user;         /* who is logged in */
    int64_t user_until;
    bool on_pad; /* by a PIN that was typed on the reader's pad */
};

/* The key asks for its PIN before each use. */
bool token_key_asks_always(const struct pkcs15_key *key);
/* Whether the key is this token's. */
bool token_has_key(const struct token *token, const struct pkcs15_key *key);

/* PIN_NOT_SET while the transport PIN has not been replaced; PIN_LENGTH, PIN_WRONG, PIN_BLOCKED;
 * the card's own. Only a success changes the state. */
enum status token_login(struct token *token, const struct secret *pin) MUST_USE;
/*
 * With the PUK, which is verified and kept as long as a PIN would be, to unblock the token's PIN.
 * PIN_WRONG, PUK_BLOCKED, PIN_LENGTH: the PUK's. Only where token_puk is not NULL.
 */
enum status token_login_so(struct token *token, const struct secret *puk) MUST_USE;
/* Verifies the PIN for one use of a key that asks always; logs nobody in. */
enum status token_login_for_key(struct token *token, const struct secret *pin) MUST_USE;
/* The use that it was for is given up: the card is let go. */
void token_end_login_for_key(struct token *token);
void token_logout(struct token *token);
/* Logs out whoever is in for too long. */
enum token_user token_user(struct token *token);

/* The declared PIN that unblocks the token's; NULL if there is none. */
const struct pkcs15_pin *token_puk(const struct token *token);
/* Whether the holder has set the PIN, which was a transport PIN before. */
enum status token_pin_is_set(struct token *token, bool *is_set) MUST_USE;
/* The tries left of a PIN of the token's card, from the card. CARD_TRIES_UNKNOWN when it does not
 * tell. */
enum status token_tries(struct token *token, const struct pkcs15_pin *pin,
                        uint32_t *tries) MUST_USE;

/*
 * Whose value it replaces: the PUK's after token_login_so, else the token's PIN's. Then old_value
 * is the transport PIN if the PIN has not been set, and the PUK if nobody is logged in and the PIN
 * is blocked, which is thereby unblocked. As card_change_pin and card_unblock_pin.
 */
enum status token_set_pin(struct token *token, const struct secret *old_value,
                          const struct secret *new_value) MUST_USE;
/* Unblocks the PIN with the kept PUK. *logged_in is false, and nothing was done, when the PUK must
 * be given again. PIN_NOT_SET while the transport PIN has not been replaced. */
enum status token_unblock(struct token *token, const struct secret *new_value,
                          bool *logged_in) MUST_USE;

/* As card_sign. *logged_in is false, and nothing was signed, when the PIN must be given (again). */
enum status token_sign(struct token *token, const struct pkcs15_key *key,
                       const struct card_input *input, uint8_t *signature, size_t *signature_size,
                       bool *logged_in) MUST_USE;

#endif
