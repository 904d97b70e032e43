/*
 * A card of one of our generations: files, PINs and signatures, in ISO/IEC 7816-4 and -8. Knows no
 * PKCS #11. Everything between card_take and card_done, card_keep or card_release is one operation
 * with one deadline; a failure of the way to the card disconnects it, so that the next card_take
 * begins anew.
 */
#ifndef PIRADI_PKCS11_CARD_H
#define PIRADI_PKCS11_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/secret.h"
#include "base/status.h"
#include "pkcs11/card_georgia.h"
#include "pkcs11/link.h"
#include "pkcs11/pad.h"
#include "pkcs11/pkcs15.h"

#define CARD_TAKE_MS 3000       /* for others to let the card go: CARD_BUSY */
#define CARD_OPERATION_MS 10000 /* for an operation in all: CARD_TIMEOUT */
#define CARD_HOLD_MS 3000       /* a verified PIN that nobody uses */
#define CARD_FILE_MAX 0x8000    /* READ BINARY reaches no further */
#define CARD_SIGNATURE_MAX (PKCS15_RSA_BITS_MAX / 8)
#define CARD_TRIES_UNKNOWN UINT32_MAX

struct card;

/* Nothing is sent. The profile and the link are lent for the card's life. NULL if memory is out. */
struct card *card_new(struct link *link, const struct card_profile *profile) MUST_USE;
void card_free(struct card **card);
const struct card_profile *card_profile(const struct card *card);

/* CARD_REMOVED also when this may be another card than the first time. */
enum status card_take(struct card *card, enum link_use use) MUST_USE;
void card_done(struct card *card);
void card_keep(struct card *card, int64_t duration_ms);
void card_release(struct card *card);
void card_release_soon(struct card *card);

/* Makes the PKCS #15 application current. CARD_UNKNOWN if there is none. */
enum status card_select_application(struct card *card) MUST_USE;

/* Appends the file, or the part that location names; at most CARD_FILE_MAX bytes. */
enum status card_read(struct card *card, const struct pkcs15_location *location,
                      struct buffer *out) MUST_USE;

/*
 * Sends VERIFY only if the value has a length and characters that the card declared for this PIN
 * (rule C6); PIN_LENGTH otherwise. PIN_WRONG, PIN_BLOCKED. *tries_left, where not NULL, is set for
 * PIN_WRONG.
 */
enum status card_verify(struct card *card, const struct pkcs15_pin *pin, const struct secret *value,
                        uint32_t *tries_left) MUST_USE;
/*
 * CHANGE REFERENCE DATA, under the same rule: the old value as for VERIFY, or, while the PIN is not
 * initialized, of the transport PIN's length; the new one as declared. PIN_WRONG, PIN_BLOCKED and
 * PIN_LENGTH are about the old one. The PIN is not verified then.
 */
enum status card_change_pin(struct card *card, const struct pkcs15_pin *pin,
                            const struct secret *old_value,
                            const struct secret *new_value) MUST_USE;
/*
 * RESET RETRY COUNTER: gives the PIN a new value and all its tries. `puk` is the PIN that was
 * declared to unblock it. PIN_WRONG, PUK_BLOCKED: the PUK's. PIN_LENGTH: of either.
 */
enum status card_unblock_pin(struct card *card, const struct pkcs15_pin *pin,
                             const struct pkcs15_pin *puk, const struct secret *puk_value,
                             const struct secret *new_value) MUST_USE;
/* What the card's reader can do with PINs itself. */
enum status card_read_pad(struct card *card, struct pad *pad) MUST_USE;
/*
 * The same three, with the PINs typed on the reader's pad, which has this feature; so the sizes
 * that it lets pass are those that the card declared, and those of either PIN where two are typed.
 * USER_CANCELLED, USER_TIMEOUT; PIN_LENGTH also for two new PINs that differ.
 */
enum status card_verify_on_pad(struct card *card, const struct pad *pad,
                               const struct pkcs15_pin *pin) MUST_USE;
enum status card_change_pin_on_pad(struct card *card, const struct pad *pad,
                                   const struct pkcs15_pin *pin) MUST_USE;
enum status card_unblock_pin_on_pad(struct card *card, const struct pad *pad,
                                    const struct pkcs15_pin *pin,
                                    const struct pkcs15_pin *puk) MUST_USE;
/* Whether the PIN's verification by us still stands. It must live as long as the card. */
bool card_is_verified(const struct card *card, const struct pkcs15_pin *pin);

/* By VERIFY without data, which spends none. CARD_TRIES_UNKNOWN when the card does not tell, as
 * while the PIN is verified. */
enum status card_tries(struct card *card, const struct pkcs15_pin *pin, uint32_t *tries) MUST_USE;

/* What a key signs. RSA: what the card pads by PKCS #1 v1.5; or, where `algorithm` is the one that
 * the card declared for this, what has been padded, as long as the modulus. EC: a digest. */
struct card_input {
    const uint8_t *bytes; /* lent */
    size_t size;
    const struct pkcs15_algorithm *algorithm; /* lent; NULL: the usual one */
};

/*
 * Signs with the key, whose PIN must be verified (INTERNAL otherwise). An RSA signature is as long
 * as the modulus; an EC one is r and s, each as long as the other. The output has
 * CARD_SIGNATURE_MAX bytes of room.
 */
enum status card_sign(struct card *card, const struct pkcs15_key *key, const struct pkcs15_pin *pin,
                      const struct card_input *input, uint8_t *signature,
                      size_t *signature_size) MUST_USE;

/* GET CHALLENGE, as often as it takes. */
enum status card_random(struct card *card, uint8_t *bytes, size_t size) MUST_USE;

#endif
