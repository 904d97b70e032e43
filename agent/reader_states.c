#include "agent/reader_states.h"

#include <string.h>

bool reader_states_equal(const struct reader_states *a, const struct reader_states *b)
{
    if (a->pcsc != b->pcsc || a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->list[i].card != b->list[i].card || strcmp(a->list[i].name, b->list[i].name) != 0) {
            return false;
        }
    }
    return true;
}

enum reader_need reader_states_need(const struct reader_states *states)
{
    if (!states->pcsc) {
        return NEED_PCSC;
    }
    enum reader_need need = states->count == 0 ? NEED_READER : NEED_CARD;
    for (size_t i = 0; i < states->count; i++) {
        if (states->list[i].card == CARD_SAYS_NOTHING) {
            need = NEED_OTHER_SIDE_UP;
        } else if (states->list[i].card != CARD_ABSENT) {
            return NEED_NOTHING;
        }
    }
    return need;
}

bool reader_states_has_card(const struct reader_states *states, const char *name)
{
    for (size_t i = 0; i < states->count; i++) {
        if (strncmp(states->list[i].name, name, READER_NAME_COMPARED) == 0) {
            return states->list[i].card != CARD_ABSENT;
        }
    }
    return false;
}

void reader_state_set_name(struct reader_state *reader, const char *name)
{
    size_t length = 0;
    for (; name[length] != '\0' && length < READER_NAME_MAX - 1; length++) {
        bool printable = name[length] >= ' ' && name[length] <= '~';
        reader->name[length] = name[length];
        if (!printable) {
            reader->name[length] = '?';
        }
    }
    reader->name[length] = '\0';
}

bool reader_state_is_contactless(const struct reader_state *reader)
{
    /* PICC: ISO/IEC 14443's word for such a card, in the names that readers of both kinds give. */
    return strcasestr(reader->name, "contactless") != NULL || strstr(reader->name, "PICC") != NULL;
}

static const char *card_word(enum card_state card)
{
    static const char *const words[] = {
        [CARD_ABSENT] = "absent",
        [CARD_PRESENT] = "present",
        [CARD_SAYS_NOTHING] = "mute",
        [CARD_IN_USE] = "in-use",
    };
    return words[card];
}

json_t *reader_states_json(const struct reader_states *states)
{
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < states->count; i++) {
        const struct reader_state *reader = &states->list[i];
        json_t *entry =
            json_pack("{s:s, s:s, s:b}", "name", reader->name, "card", card_word(reader->card),
                      "contactless", reader_state_is_contactless(reader));
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}
