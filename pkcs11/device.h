/*
 * A card reader, the card in it, and what that card holds. Two slots, each with the token of one
 * PIN (token.h).
 *
 * Everything is done between device_enter and device_leave unless it says otherwise.
 */
#ifndef PIRADI_PKCS11_DEVICE_H
#define PIRADI_PKCS11_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"
#include "pkcs11/card.h"
#include "pkcs11/certificate.h"
#include "pkcs11/link.h"
#include "pkcs11/pcsc.h"
#include "pkcs11/pkcs15.h"
#include "pkcs11/session.h"
#include "pkcs11/token.h"

#define DEVICE_TOKENS 2

/* What pcscd last told of the reader, for any thread; and what has not been told on yet. */
struct news {
    pthread_mutex_t lock; /* never held for longer than a copy */
    struct pcsc_reader reader;
    unsigned pcscd; /* which life of pcscd told it: after a restart every card is a new one */
    bool changed[DEVICE_TOKENS]; /* for C_WaitForSlotEvent */
};

struct device {
    pthread_mutex_t lock;
    char name[PCSC_NAME_SIZE];
    size_t index; /* among the module's devices */
    struct news news;
    struct pcsc_reader seen; /* of the news, what has been acted upon */
    unsigned pcscd;

    struct link *link;
    struct card *card;   /* NULL: not opened since it was put in */
    enum status refused; /* why it could not be, so that it is not asked twice; else OK */
    unsigned insertion;  /* counts the cards that were opened */

    struct pkcs15_odf odf;
    struct pkcs15_pins pins;
    struct pkcs15_keys keys;
    struct certificate certificates[PKCS15_CERTIFICATES_MAX];
    size_t certificate_count;
    size_t certificate_files_read; /* of the ODF's */
    struct pkcs15_token_info info;
    bool info_read;
    struct pad pad; /* of the reader */
    bool pad_read;

    struct token tokens[DEVICE_TOKENS];
    struct session *sessions; /* owned */
    struct session *closed;   /* owned; freed by device_leave, as a caller may still look at one */
};

/* NULL if memory is out. */
struct device *device_new(size_t index, const char *name) MUST_USE;
void device_free(struct device **device);

/* These three need no lock. */

/* Takes in what pcscd tells of the reader; NULL: it is no longer connected. */
void device_announce(struct device *device, const struct pcsc_reader *reader, unsigned pcscd);
bool device_has_card(struct device *device);
/* Whether a slot changed since this was asked last; which. */
bool device_take_change(struct device *device, size_t *token);

/* Locks the device, and forgets its card if the news are that it went. */
void device_enter(struct device *device);
void device_leave(struct device *device);

/* Learns what the card holds, unless that is known. NO_CARD, CARD_UNKNOWN, CARD_MUTE,
 * CARD_CONTACTLESS, and what card_take says. */
enum status device_open(struct device *device) MUST_USE;
/* Reads the directories of certificates that have not been read: all of them, or, if `id` is not
 * NULL, until one has a certificate with this id. */
enum status device_list_certificates(struct device *device, const struct pkcs15_id *id) MUST_USE;
/* Reads the certificate, unless that has been done. NO_CERTIFICATE if it is none. */
enum status device_read_certificate(struct device *device,
                                    struct certificate *certificate) MUST_USE;
/* Reads again what the card says of its PINs: whether each has been set. */
enum status device_refresh_pins(struct device *device) MUST_USE;
/* Reads TokenInfo, unless that has been done. */
enum status device_read_info(struct device *device) MUST_USE;

/* How the card signs what has been padded already, if it declares to; else *algorithm is NULL. */
enum status device_find_raw_rsa(struct device *device, const struct pkcs15_key *key,
                                const struct pkcs15_algorithm **algorithm) MUST_USE;
/* Learns what the reader can do with PINs, unless that is known. */
enum status device_read_pad(struct device *device) MUST_USE;

/* The certificate with this id; NULL if none is listed. */
struct certificate *device_find_certificate(struct device *device, const struct pkcs15_id *id);

/*
 * Every operation on the card ends here: passes the status on, and where it means that the card is
 * not to be relied upon any more, forgets it, with its sessions and PINs.
 */
enum status device_result(struct device *device, enum status status);

#endif
