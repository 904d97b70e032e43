#include "tests/card/card.h"

#include "tests/card/command.h"
#include "tests/card/iso7816.h"

#define CHAIN_MAX 65535
#define CLA_CHAINING 0x10
#define CLA_PROPRIETARY 0x80

struct command {
    uint8_t cla; /* without the chaining bit */
    uint8_t ins;
    command_function *run;
};

static const struct command commands[] = {
    {0x00, INS_VERIFY, command_verify},
    {0x00, INS_MANAGE_SECURITY_ENVIRONMENT, command_manage_security_environment},
    {0x00, INS_CHANGE_REFERENCE_DATA, command_change_reference_data},
    {0x00, INS_PERFORM_SECURITY_OPERATION, command_perform_security_operation},
    {0x00, INS_RESET_RETRY_COUNTER, command_reset_retry_counter},
    {0x00, INS_LOG_OUT, command_log_out},
    {0x00, INS_GET_CHALLENGE, command_get_challenge},
    {0x00, INS_INTERNAL_AUTHENTICATE, command_internal_authenticate},
    {0x00, INS_SELECT, command_select},
    {0x00, INS_READ_BINARY, command_read_binary},
    {0x00, INS_GET_DATA, command_get_data},
    {0x00, INS_GET_DATA_ODD, command_get_data_odd},
    {CLA_PROPRIETARY, INS_GET_DATA, command_get_data},
};

void card_init(struct card *card)
{
    *card = (struct card){0};
    buffer_init(&card->chain.data, CHAIN_MAX);
    buffer_init(&card->waiting, CARD_RESPONSE_MAX);
}

void card_free(struct card *card)
{
    keys_free(&card->keys);
    file_free(&card->root);
    buffer_free(&card->chain.data);
    buffer_free(&card->waiting);
}

static void chain_drop(struct chain *chain)
{
    chain->open = false;
    buffer_free(&chain->data);
}

void card_reset(struct card *card)
{
    pins_reset(&card->pins);
    chain_drop(&card->chain);
    buffer_free(&card->waiting);
    card->environment = (struct security_environment){0};
    card->directory = card_has_master(card) ? card->root : NULL;
    card->file = NULL;
}

bool card_has_master(const struct card *card)
{
    return card->root->id == FILE_MASTER;
}

void card_enter(struct card *card, const struct file *directory)
{
    if (directory != card->directory) {
        card->directory = directory;
        card->environment = (struct security_environment){0};
        pins_enter(&card->pins, directory);
    }
    card->file = NULL;
}

void card_start_application(struct card *card, const struct file *directory)
{
    if (!card_has_master(card)) {
        card_reset(card);
    }
    card_enter(card, directory);
}

/* 7816-4, 5.4.1: what is wrong with a class byte, if anything. */
static uint16_t check_class(uint8_t cla)
{
    if (cla == CLA_PROPRIETARY) {
        return SW_OK;
    }
    if ((cla & 0xE0) != 0) {
        return SW_CLA;
    }
    if ((cla & 0x0C) != 0) {
        return SW_SECURE_MESSAGING;
    }
    return (cla & 0x03) != 0 ? SW_CHANNEL : SW_OK;
}

/*
 * Takes a part of a chain in, or lays the whole chain's data under its last command. True when
 * the command is now whole and to be run; otherwise *status is the answer.
 */
static bool chain_collect(struct chain *chain, struct apdu *apdu, uint16_t *status)
{
    bool more = apdu->cla == CLA_CHAINING;
    if (!chain->open && !more) {
        return true;
    }
    *status = SW_OK;
    if (chain->open &&
        (apdu->ins != chain->ins || apdu->p1 != chain->p1 || apdu->p2 != chain->p2)) {
        *status = SW_LAST_OF_CHAIN_EXPECTED;
    } else if (apdu->data_size == 0 && more) {
        *status = SW_CHAINING;
    } else if (!put_bytes(&chain->data, apdu->data, apdu->data_size)) {
        *status = SW_WRONG_LENGTH;
    }
    if (*status != SW_OK) {
        chain_drop(chain);
        return false;
    }
    chain->open = more;
    chain->ins = apdu->ins;
    chain->p1 = apdu->p1;
    chain->p2 = apdu->p2;
    apdu->data = chain->data.bytes;
    apdu->data_size = chain->data.size;
    apdu->cla = 0x00;
    return !more;
}

/* The platform itself knows SELECT and its production data, and leaves the rest to applications. */
static bool platform_knows(const struct apdu *apdu)
{
    return apdu->ins == INS_SELECT || apdu->cla == CLA_PROPRIETARY;
}

static uint16_t run(struct card *card, const struct apdu *apdu, struct buffer *out)
{
    bool ins_known = false;
    if (card->directory == NULL && !platform_knows(apdu)) {
        return SW_NO_APPLICATION;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (commands[i].ins != apdu->ins) {
            continue;
        }
        if (commands[i].cla == apdu->cla) {
            return commands[i].run(card, apdu, out);
        }
        ins_known = true;
    }
    return ins_known || apdu->cla == CLA_PROPRIETARY ? SW_CLA : SW_INS;
}

static uint16_t bytes_left(const struct buffer *waiting)
{
    return (uint16_t)(SW_MORE | (waiting->size < 256 ? waiting->size : 0));
}

/* Data over Ne stays on the card for GET RESPONSE (7816-4, 5.3.4). */
static uint16_t keep_rest(struct card *card, const struct apdu *apdu, uint16_t status,
                          struct buffer *response)
{
    if (response->size <= apdu->ne) {
        return status;
    }
    if (!put_bytes(&card->waiting, response->bytes + apdu->ne, response->size - apdu->ne)) {
        return SW_INTERNAL;
    }
    response->size = apdu->ne;
    return bytes_left(&card->waiting);
}

static uint16_t get_response(struct card *card, const struct apdu *apdu, struct buffer *response)
{
    struct buffer *waiting = &card->waiting;
    if (apdu->p1 != 0 || apdu->p2 != 0) {
        return SW_WRONG_P1P2;
    }
    if (apdu->data_size > 0 || apdu->ne == 0) {
        return SW_WRONG_LENGTH;
    }
    if (waiting->size == 0) {
        return SW_CONDITIONS;
    }
    if (apdu->ne > waiting->size && !apdu->ne_is_maximum) {
        return (uint16_t)(SW_WRONG_LE | waiting->size);
    }
    size_t size = apdu->ne < waiting->size ? apdu->ne : waiting->size;
    if (!put_bytes(response, waiting->bytes, size)) {
        return SW_INTERNAL;
    }
    buffer_consume(waiting, size);
    return waiting->size > 0 ? bytes_left(waiting) : SW_OK;
}

static uint16_t answer(struct card *card, struct apdu *apdu, struct buffer *response)
{
    uint16_t status = check_class(apdu->cla);
    if (status != SW_OK) {
        chain_drop(&card->chain);
        return status;
    }
    if (apdu->ins == INS_GET_RESPONSE && apdu->cla == 0x00 && !card->chain.open) {
        return get_response(card, apdu, response);
    }
    buffer_free(&card->waiting);
    if (!chain_collect(&card->chain, apdu, &status)) {
        return status;
    }
    status = run(card, apdu, response);
    chain_drop(&card->chain);
    return keep_rest(card, apdu, status, response);
}

void card_answer(struct card *card, const uint8_t *command, size_t size, struct buffer *response)
{
    struct apdu apdu;
    uint16_t status = SW_WRONG_LENGTH;
    buffer_consume(response, response->size);
    if (apdu_parse(command, size, &apdu)) {
        status = answer(card, &apdu, response);
    }
    if (!put_u16(response, status)) {
        buffer_consume(response, response->size);
    }
}
