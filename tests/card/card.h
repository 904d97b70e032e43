/*
 * The virtual card: what it holds and what it remembers, and the one way in, a command APDU that
 * gets a response APDU. Knows no reader, no socket and no clock.
 *
 * Values that a card keeps without power (tries, changed PINs) live as long as this structure;
 * what it forgets, card_reset forgets.
 */
#ifndef PIRADI_TESTS_CARD_CARD_H
#define PIRADI_TESTS_CARD_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "tests/card/apdu.h"
#include "tests/card/file.h"
#include "tests/card/key.h"
#include "tests/card/pin.h"

#define CARD_ATR_MAX 33
#define CARD_DATA_OBJECTS_MAX 4
#define CARD_DATA_OBJECT_SIZE_MAX 64
#define CARD_RESPONSE_MAX (APDU_NE_EXTENDED_MAX + 2)

/* Command chaining, 7816-4, 5.3.3: the parts that have come. */
struct chain {
    bool open;
    uint8_t ins;
    uint8_t p1;
    uint8_t p2;
    struct buffer data;
};

/* What GET DATA of that class and that P1-P2 answers. */
struct data_object {
    uint8_t cla;
    uint16_t tag;
    uint8_t value[CARD_DATA_OBJECT_SIZE_MAX];
    size_t size;
};

struct card {
    uint8_t atr[CARD_ATR_MAX];
    size_t atr_size;
    struct data_object data_objects[CARD_DATA_OBJECTS_MAX];
    size_t data_object_count;
    bool logs_out;     /* knows the command for it */
    struct file *root; /* owned: the MF, or without one the application */
    struct pins pins;
    struct keys keys;

    const struct file *directory; /* current DF; NULL: no application selected yet */
    const struct file *file;      /* current EF; NULL: none */
    struct security_environment environment;
    struct chain chain;
    struct buffer waiting;    /* for GET RESPONSE */
    unsigned long signatures; /* made since the card was */
};

/* An empty card; image_load fills it. */
void card_init(struct card *card);
void card_free(struct card *card);

/* Power-on or reset: nothing verified, nothing chosen, nothing waiting; the MF is current, or on a
 * card without one nothing. */
void card_reset(struct card *card);

/* A card without one is a platform with one application, which is selected by its whole name and in
 * no other way; nothing else exists until then. */
bool card_has_master(const struct card *card);

/* Makes directory current, with all that a change of DF ends. */
void card_enter(struct card *card, const struct file *directory);
/* SELECT by name: as above, and on a card without MF the application begins anew, even if it was
 * current: nothing is verified, nothing chosen. */
void card_start_application(struct card *card, const struct file *directory);

/* Answers one command. response is emptied first and ends with a status word in every case in
 * which there was memory for two bytes; its limit must be CARD_RESPONSE_MAX. */
void card_answer(struct card *card, const uint8_t *command, size_t size, struct buffer *response);

#endif
