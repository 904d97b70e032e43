/*
 * The one seam to the hardware: PC/SC (the PC/SC Workgroup's specification, part 5) as pcsc-lite
 * offers it. Unit tests and fuzzers link another definition of these functions.
 *
 * Every call may block without limit, because PC/SC has no time-outs; who must not wait goes
 * through link.h. Nothing here is shared between threads but pcsc_cancel.
 */
#ifndef PIRADI_PKCS11_PCSC_H
#define PIRADI_PKCS11_PCSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"

#define PCSC_READERS_MAX 16 /* as many as pcscd serves */
#define PCSC_NAME_SIZE 128  /* with the NUL */
#define PCSC_ATR_MAX 33     /* ISO 7816-3, 8.2.1 */
#define PCSC_RESPONSE_MAX (65536 + 2)

/* A context of the resource manager. */
struct pcsc;
/* A connection to the card in one reader. */
struct pcsc_card;

/* A reader as the resource manager sees it. */
struct pcsc_reader {
    char name[PCSC_NAME_SIZE];
    unsigned long state; /* for pcsc_wait: what the resource manager said */
    size_t atr_size;
    uint32_t changes; /* insertions and removals since pcscd saw the reader first */
    uint8_t atr[PCSC_ATR_MAX];
    bool card_present;
    bool card_mute;
    bool in_use; /* by any program, this one too */
};

/* PCSC_UNAVAILABLE when pcscd is not running or refuses us. */
enum status pcsc_open(struct pcsc **pcsc) MUST_USE;
void pcsc_close(struct pcsc **pcsc);

/* The readers now, in the resource manager's order; none is not an error. */
enum status pcsc_list(struct pcsc *pcsc, struct pcsc_reader readers[PCSC_READERS_MAX],
                      size_t *count) MUST_USE;
/* Returns when the readers are no longer as given. USER_CANCELLED after pcsc_cancel. */
enum status pcsc_wait(struct pcsc *pcsc, const struct pcsc_reader *readers, size_t count) MUST_USE;
/* Ends another thread's pcsc_wait. */
void pcsc_cancel(struct pcsc *pcsc);

/*
 * NO_CARD, NO_READER, CARD_MUTE, PCSC_UNAVAILABLE. CARD_BUSY: another program has the card
 * exclusively, or, for an exclusive connection, any other is connected. *changes is as in struct
 * pcsc_reader: as long as it stays the same, this is the same card.
 */
enum status pcsc_connect(struct pcsc *pcsc, const char *reader, bool exclusive,
                         struct pcsc_card **card, uint32_t *changes) MUST_USE;
/* Disconnects, resetting the card where asked. Nobody gets to a card that was connected exclusively
 * before it is reset. Accepts NULL and a pointer to NULL. */
void pcsc_disconnect(struct pcsc_card **card, bool reset);

/*
 * Waits until the reader is no longer in *state, which is then set anew, or until the time is over:
 * both are OK. PCSC_STATE_UNKNOWN is never waited for.
 */
#define PCSC_STATE_UNKNOWN 0
enum status pcsc_wait_for_change(struct pcsc *pcsc, const char *reader, uint32_t timeout_ms,
                                 unsigned long *state) MUST_USE;

/* Begins a transaction: nobody else speaks to the card until its end. */
enum status pcsc_take(struct pcsc_card *card) MUST_USE;
/* Ends it, resetting the card first where asked: nobody else comes between. */
enum status pcsc_release(struct pcsc_card *card, bool reset) MUST_USE;

/*
 * One command and its response, at most PCSC_RESPONSE_MAX bytes; *size is never more, whatever the
 * reader claims. CARD_REMOVED when the card went, CARD_MUTE when it is there and does not speak.
 */
enum status pcsc_transmit(struct pcsc_card *card, const uint8_t *command, size_t command_size,
                          uint8_t response[PCSC_RESPONSE_MAX], size_t *size) MUST_USE;

/* The reader's features (PC/SC part 10, 2.2), as pad.h reads them; size 0 for a reader that does
 * not know the question. */
enum status pcsc_get_features(struct pcsc_card *card, uint8_t response[PCSC_RESPONSE_MAX],
                              size_t *size) MUST_USE;
/* A request to one of those features, and what the card or the reader answered. Otherwise as
 * pcsc_transmit. */
enum status pcsc_control(struct pcsc_card *card, uint32_t code, const uint8_t *request,
                         size_t request_size, uint8_t response[PCSC_RESPONSE_MAX],
                         size_t *size) MUST_USE;

#endif
