/*
 * What the files card*.c share, and nobody else sees.
 */
#ifndef PIRADI_PKCS11_CARD_PRIVATE_H
#define PIRADI_PKCS11_CARD_PRIVATE_H

#include "pkcs11/apdu.h"
#include "pkcs11/card.h"

struct card {
    struct link *link;
    const struct card_profile *profile;
    int64_t deadline;

    /* Learnt once. */
    size_t select_form; /* of card_file.c's */
    bool select_form_known;
    bool reads_short;             /* READ BINARY with an extended Le is refused */
    bool application_comes_first; /* paths from the master file only work after its SELECT */
    bool was_taken;
    bool algorithm_refused; /* MSE: SET wants the key alone */

    /* True until somebody else could speak to the card. */
    struct link_state link_state;
    bool directory_known;
    struct pkcs15_path directory; /* size 0: the application, by its name */
    const struct pkcs15_pin *verified[PKCS15_PINS_MAX];

    struct buffer command;
    struct buffer assembled; /* of a response that came in parts */
};

/* What the link said, as a response; a failure gives the card up. */
enum status card_take_response(struct card *card, enum status status, const uint8_t *bytes,
                               size_t size, struct apdu_response *response) MUST_USE;

/* Sends a command, in a chain if it is long, and collects the whole response, lent until the next
 * one. OK means that the card answered; what it thinks is in response->sw. */
enum status card_exchange(struct card *card, const struct apdu *apdu,
                          struct apdu_response *response) MUST_USE;
/* The same for a short command with a PIN in it, sent once. */
enum status card_exchange_secret(struct card *card, const struct secret *command,
                                 struct apdu_response *response) MUST_USE;
/* Two short commands, the second only if the first is answered with 90 00 alone; it saves a change
 * of threads. *both tells whether, and so whose response this is; a first one is as it came. */
enum status card_exchange_two(struct card *card, const struct apdu *first,
                              const struct apdu *second, struct apdu_response *response,
                              bool *both) MUST_USE;

/* Makes a directory current, if it is not. A path of size 0 is the application. */
enum status card_enter(struct card *card, const struct pkcs15_path *directory) MUST_USE;
bool card_is_in(const struct card *card, const struct pkcs15_path *directory);

/* Notes what the card thinks of a PIN now. */
void card_set_verified(struct card *card, const struct pkcs15_pin *pin, bool verified);

#endif
