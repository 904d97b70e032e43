/* A snapshot of the readers, and what follows from it. Pure. */
#ifndef PIRADI_AGENT_READER_STATES_H
#define PIRADI_AGENT_READER_STATES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/must_use.h"

#define READERS_MAX 16      /* PCSCLITE_MAX_READERS_CONTEXTS */
#define READER_NAME_MAX 128 /* bytes with the NUL: MAX_READERNAME */
#define READER_NAME_COMPARED 64

enum card_state { CARD_ABSENT, CARD_PRESENT, CARD_SAYS_NOTHING, CARD_IN_USE };

struct reader_state {
    char name[READER_NAME_MAX];
    enum card_state card;
};

struct reader_states {
    bool pcsc; /* pcscd answers */
    size_t count;
    struct reader_state list[READERS_MAX];
};

/* What must happen before a card can be looked for. */
enum reader_need { NEED_NOTHING, NEED_PCSC, NEED_READER, NEED_CARD, NEED_OTHER_SIDE_UP };

bool reader_states_equal(const struct reader_states *a, const struct reader_states *b);
enum reader_need reader_states_need(const struct reader_states *states);

/*
 * Whether a card, even a mute one, is in the reader of that name. PKCS#11 cuts a slot's description
 * to READER_NAME_COMPARED bytes, so that no more are compared.
 */
bool reader_states_has_card(const struct reader_states *states, const char *name);

/* Takes a name from outside: what is not printable ASCII becomes '?', too much is cut. */
void reader_state_set_name(struct reader_state *reader, const char *name);

/* Whether the name tells that the reader speaks to cards through the air. */
bool reader_state_is_contactless(const struct reader_state *reader);

/* [READER…] of docs/protocols.md; NULL if memory is out. */
json_t *reader_states_json(const struct reader_states *states) MUST_USE;

#endif
