#include <stdlib.h>
#include <string.h>

#include "pkcs11/card_private.h"
#include "pkcs11/patience.h"

/* How long letting go may take when the operation has used up its own time. */
#define RELEASE_MS 1000
#define GET_RESPONSE_MAX 64

struct card *card_new(struct link *link, const struct card_profile *profile)
{
    struct card *card = calloc(1, sizeof *card);
    if (card == NULL) {
        return NULL;
    }
    card->link = link;
    card->profile = profile;
    buffer_init(&card->command, LINK_COMMAND_MAX);
    buffer_init(&card->assembled, CARD_FILE_MAX);
    return card;
}

void card_free(struct card **card)
{
    if (card == NULL || *card == NULL) {
        return;
    }
    buffer_free(&(*card)->command);
    buffer_free(&(*card)->assembled);
    free(*card);
    *card = NULL;
}

const struct card_profile *card_profile(const struct card *card)
{
    return card->profile;
}

static void forget_state(struct card *card)
{
    card->directory_known = false;
    memset(card->verified, 0, sizeof card->verified);
}

static int64_t release_deadline(void)
{
    return now_ms() + RELEASE_MS;
}

/* Whoever spoke last to a card that failed cannot know what it did. */
static enum status give_up(struct card *card, enum status status)
{
    forget_state(card);
    link_disconnect(card->link, release_deadline());
    return status;
}

enum status card_take(struct card *card, enum link_use use)
{
    struct link_state state;
    int64_t now = now_ms();
    enum status status = link_take(card->link, use, now + patience_ms(CARD_TAKE_MS), &state);
    if (card->was_taken && (status == STATUS_NO_CARD || status == STATUS_NO_READER)) {
        status = STATUS_CARD_REMOVED;
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (card->was_taken && state.connection != card->link_state.connection) {
        return give_up(card, STATUS_CARD_REMOVED);
    }
    if (state.epoch != card->link_state.epoch) {
        forget_state(card);
    }
    card->was_taken = true;
    card->link_state = state;
    card->deadline = now + patience_ms(CARD_OPERATION_MS);
    return STATUS_OK;
}

enum status card_read_pad(struct card *card, struct pad *pad)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    enum status status = link_get_features(card->link, card->deadline, &bytes, &size);
    if (status != STATUS_OK) {
        return give_up(card, status);
    }
    *pad = pad_parse_features(bytes, size);
    return STATUS_OK;
}

void card_done(struct card *card)
{
    link_done(card->link, release_deadline());
}

void card_keep(struct card *card, int64_t duration_ms)
{
    link_keep(card->link, patience_ms(duration_ms));
}

void card_release(struct card *card)
{
    forget_state(card);
    link_release(card->link, release_deadline());
}

void card_release_soon(struct card *card)
{
    forget_state(card);
    link_release_soon(card->link, release_deadline());
}

enum status card_take_response(struct card *card, enum status status, const uint8_t *bytes,
                               size_t size, struct apdu_response *response)
{
    if (status != STATUS_OK) {
        return give_up(card, status);
    }
    return apdu_parse_response(bytes, size, response) ? STATUS_OK : give_up(card, STATUS_CARD_MUTE);
}

static enum status send_once(struct card *card, const struct apdu *apdu,
                             struct apdu_response *response)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    card->command.size = 0;
    if (!apdu_put(&card->command, apdu)) {
        return STATUS_INTERNAL;
    }
    enum status status = link_transmit(card->link, card->command.bytes, card->command.size,
                                       card->deadline, &bytes, &size);
    return card_take_response(card, status, bytes, size, response);
}

/* Parts of a command that is longer than a short one, ISO/IEC 7816-4:2013, 5.3.3. */
static enum status send_chain(struct card *card, const struct apdu *apdu,
                              struct apdu_response *response)
{
    struct apdu part = *apdu;
    while (part.size > APDU_DATA_SHORT_MAX) {
        struct apdu link = part;
        link.cla |= APDU_CLA_CHAIN;
        link.size = APDU_DATA_SHORT_MAX;
        link.le = 0;
        enum status status = send_once(card, &link, response);
        if (status != STATUS_OK || response->sw != SW_OK) {
            return status;
        }
        part.data += APDU_DATA_SHORT_MAX;
        part.size -= APDU_DATA_SHORT_MAX;
    }
    return send_once(card, &part, response);
}

/* Fetches what a response with 61xx left behind. */
static enum status collect(struct card *card, struct apdu_response *response)
{
    size_t le;
    card->assembled.size = 0;
    for (int round = 0; apdu_more_waits(response->sw, &le); round++) {
        struct apdu more = {.ins = APDU_GET_RESPONSE, .le = le};
        if (round == GET_RESPONSE_MAX ||
            !put_bytes(&card->assembled, response->data, response->size)) {
            return STATUS_INTERNAL;
        }
        enum status status = send_once(card, &more, response);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (!put_bytes(&card->assembled, response->data, response->size)) {
        return STATUS_INTERNAL;
    }
    response->data = card->assembled.bytes;
    response->size = card->assembled.size;
    return STATUS_OK;
}

/* The rest of a command whose first response is here. */
static enum status finish(struct card *card, const struct apdu *apdu,
                          struct apdu_response *response)
{
    size_t le;
    enum status status = STATUS_OK;
    if (apdu_le_was_wrong(response->sw, &le)) {
        struct apdu again = *apdu;
        again.le = le;
        status = send_chain(card, &again, response);
    }
    if (status == STATUS_OK && apdu_more_waits(response->sw, &le)) {
        status = collect(card, response);
    }
    return status;
}

enum status card_exchange(struct card *card, const struct apdu *apdu,
                          struct apdu_response *response)
{
    enum status status = send_chain(card, apdu, response);
    return status == STATUS_OK ? finish(card, apdu, response) : status;
}

enum status card_exchange_two(struct card *card, const struct apdu *first,
                              const struct apdu *second, struct apdu_response *response, bool *both)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    card->command.size = 0;
    bool put = apdu_put(&card->command, first);
    size_t first_size = card->command.size;
    if (!put || !apdu_put(&card->command, second)) {
        return STATUS_INTERNAL;
    }
    enum status status = link_transmit_two(card->link, card->command.bytes, first_size,
                                           card->command.size, card->deadline, &bytes, &size, both);
    status = card_take_response(card, status, bytes, size, response);
    return status == STATUS_OK && *both ? finish(card, second, response) : status;
}

enum status card_exchange_secret(struct card *card, const struct secret *command,
                                 struct apdu_response *response)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    enum status status = link_transmit_secret(card->link, command, card->deadline, &bytes, &size);
    return card_take_response(card, status, bytes, size, response);
}
