/*
 * The card's stay in the slot of a virtual reader: a TCP connection to vpcd, which listens. Each
 * message, both ways, is two bytes of length (big-endian) and the body; one byte to the card is
 * a control code, more is a command APDU (facts/cards-and-pcsc.md). Insertion is connecting,
 * removal is closing. When vpcd closes the connection (pcscd stopped, or it gave up on a mute
 * card) the card is still in its slot: it connects again as soon as somebody listens.
 */
#ifndef PIRADI_TESTS_CARD_SLOT_H
#define PIRADI_TESTS_CARD_SLOT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/buffer.h"
#include "tests/card/apdu_log.h"
#include "tests/card/card.h"

#define SLOT_MESSAGE_MAX 65535

struct slot_connection;

struct slot {
    uv_loop_t *loop; /* lent, as are the next two */
    struct card *card;
    struct apdu_log *log;
    uint16_t port;
    bool slow; /* 8 ms an APDU, 40 microseconds a byte, 350 ms a signature */

    bool inserted;
    bool mute;          /* no answer to a command nor to power-on; reset by removal */
    bool powering;      /* the next ATR that is asked for is the answer to power-on or reset */
    bool answer_is_due; /* a command has been run and its response not yet sent */
    unsigned long commands;
    unsigned long remove_at; /* the value of commands at which that happens; 0: never */
    unsigned long mute_at;
    struct buffer response;
    struct slot_connection *connection; /* NULL: not connected */
    uv_timer_t retry;
    uv_timer_t delay;
};

void slot_init(struct slot *slot, uv_loop_t *loop, struct card *card, struct apdu_log *log);

/* Closes everything; run the loop once more before freeing what slot lent. */
void slot_close(struct slot *slot);

/* Does nothing to a card that is already there. upside_down: it is mute from the start. */
void slot_insert(struct slot *slot, bool upside_down);
/* The card forgets what it forgets without power; the orders below are forgotten too. */
void slot_remove(struct slot *slot);

void slot_mute(struct slot *slot);
/* Gives the answer that was held back, if there is one, and goes on. */
void slot_unmute(struct slot *slot);

/* The nth command from now (1: the next) is run, and instead of its answer comes removal or
 * silence. A later order replaces an earlier one of its kind. */
void slot_remove_at(struct slot *slot, unsigned long nth);
void slot_mute_at(struct slot *slot, unsigned long nth);

#endif
