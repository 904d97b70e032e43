/* The card's keys and its random numbers: ISO/IEC 7816-8:2016, 11.7; 7816-4:2013, 11.5.3, 11.5.11.
 */
#include <string.h>

#include "pkcs11/card_private.h"

/* Every card gives this much at a time. */
#define CHALLENGE_SIZE 8

/* DOs 80 and 84. */
struct references {
    uint8_t bytes[6];
};

static struct references references_of(const struct card *card, const struct pkcs15_key *key,
                                       const struct pkcs15_algorithm *declared)
{
    uint8_t algorithm =
        key->type == PKCS15_KEY_RSA ? card->profile->algorithm_rsa : card->profile->algorithm_ec;
    if (declared != NULL) {
        algorithm = declared->in_card;
    }
    return (struct references){{0x80, 0x01, algorithm, 0x84, 0x01, key->reference}};
}

/* MSE: SET of the digital signature template, with the algorithm and the key, or with the key
 * alone; ISO/IEC 7816-4:2013, 11.5.11. */
static struct apdu choose_command(const struct references *references, bool with_algorithm)
{
    size_t skipped = with_algorithm ? 0 : 3;
    return (struct apdu){.ins = APDU_MANAGE_SECURITY_ENVIRONMENT,
                         .p1 = 0x41,
                         .p2 = 0xB6,
                         .data = references->bytes + skipped,
                         .size = sizeof references->bytes - skipped};
}

/* Chooses the key and signs. Two commands at once where the second is short. */
static enum status choose_and_sign(struct card *card, const struct apdu *choose,
                                   const struct apdu *sign, struct apdu_response *response,
                                   bool *chosen)
{
    if (sign->size <= APDU_DATA_SHORT_MAX) {
        return card_exchange_two(card, choose, sign, response, chosen);
    }
    enum status status = card_exchange(card, choose, response);
    *chosen = status == STATUS_OK && response->sw == SW_OK;
    return *chosen ? card_exchange(card, sign, response) : status;
}

/* A card may not want the algorithm, unless it declared it. */
static enum status sign_input(struct card *card, const struct pkcs15_key *key,
                              const struct card_input *input, size_t expected,
                              struct apdu_response *response)
{
    const struct references references = references_of(card, key, input->algorithm);
    const struct apdu sign = {.ins = APDU_PERFORM_SECURITY_OPERATION,
                              .p1 = 0x9E,
                              .p2 = 0x9A,
                              .data = input->bytes,
                              .size = input->size,
                              .le = expected > APDU_LE_SHORT_MAX ? expected : APDU_LE_SHORT_MAX};
    bool is_declared = input->algorithm != NULL;
    bool chosen = false;
    struct apdu choose = choose_command(&references, is_declared || !card->algorithm_refused);
    enum status status = choose_and_sign(card, &choose, &sign, response, &chosen);
    if (status == STATUS_OK && !chosen && !is_declared && !card->algorithm_refused) {
        choose = choose_command(&references, false);
        status = choose_and_sign(card, &choose, &sign, response, &chosen);
        card->algorithm_refused = status == STATUS_OK && chosen;
    }
    return status == STATUS_OK && !chosen ? STATUS_INTERNAL : status;
}

enum status card_sign(struct card *card, const struct pkcs15_key *key, const struct pkcs15_pin *pin,
                      const struct card_input *input, uint8_t *signature, size_t *signature_size)
{
    struct pkcs15_path directory = pkcs15_parent(&key->path);
    size_t expected = key->type == PKCS15_KEY_RSA ? key->modulus_bits / 8 : 0;
    struct apdu_response response;
    enum status status = card_enter(card, &directory);
    if (status == STATUS_OK && !card_is_verified(card, pin)) {
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        status = sign_input(card, key, input, expected, &response);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (key->common.user_consent > 0) {
        card_set_verified(card, pin, false);
    }
    if (response.sw != SW_OK || response.size == 0 || response.size > CARD_SIGNATURE_MAX ||
        (expected > 0 && response.size != expected)) {
        return STATUS_INTERNAL;
    }
    memcpy(signature, response.data, response.size);
    *signature_size = response.size;
    return STATUS_OK;
}

enum status card_random(struct card *card, uint8_t *bytes, size_t size)
{
    size_t got = 0;
    while (got < size) {
        const struct apdu apdu = {.ins = APDU_GET_CHALLENGE, .le = CHALLENGE_SIZE};
        struct apdu_response response;
        enum status status = card_exchange(card, &apdu, &response);
        if (status != STATUS_OK) {
            return status;
        }
        if (response.sw != SW_OK || response.size != CHALLENGE_SIZE) {
            return STATUS_INTERNAL;
        }
        size_t taken = size - got < CHALLENGE_SIZE ? size - got : CHALLENGE_SIZE;
        memcpy(bytes + got, response.data, taken);
        got += taken;
    }
    return STATUS_OK;
}
