/* The card's keys and its random numbers: ISO/IEC 7816-8:2016, 11.7; 7816-4:2013, 11.5.3, 11.5.11.
 */
#include <string.h>

#include "pkcs11/card_private.h"

/* Every card gives this much at a time. */
#define CHALLENGE_SIZE 8

/* MSE: SET of the digital signature template, with the algorithm and the key; ISO/IEC 7816-4:2013,
 * 11.5.11. */
static enum status choose_key(struct card *card, const struct pkcs15_key *key,
                              const struct pkcs15_algorithm *declared)
{
    uint8_t algorithm =
        key->type == PKCS15_KEY_RSA ? card->profile->algorithm_rsa : card->profile->algorithm_ec;
    if (declared != NULL) {
        algorithm = declared->in_card;
    }
    const uint8_t references[] = {0x80, 0x01, algorithm, 0x84, 0x01, key->reference};
    struct apdu apdu = {.ins = APDU_MANAGE_SECURITY_ENVIRONMENT,
                        .p1 = 0x41,
                        .p2 = 0xB6,
                        .data = references,
                        .size = sizeof references};
    struct apdu_response response;
    if (declared == NULL && card->algorithm_refused) {
        apdu.data += 3;
        apdu.size -= 3;
    }
    enum status status = card_exchange(card, &apdu, &response);
    if (status == STATUS_OK && response.sw != SW_OK && declared == NULL &&
        !card->algorithm_refused) {
        apdu.data += 3;
        apdu.size -= 3;
        status = card_exchange(card, &apdu, &response);
        card->algorithm_refused = status == STATUS_OK && response.sw == SW_OK;
    }
    return status == STATUS_OK && response.sw != SW_OK ? STATUS_INTERNAL : status;
}

enum status card_sign(struct card *card, const struct pkcs15_key *key, const struct pkcs15_pin *pin,
                      const struct card_input *input, uint8_t *signature, size_t *signature_size)
{
    struct pkcs15_path directory = pkcs15_parent(&key->path);
    size_t expected = key->type == PKCS15_KEY_RSA ? key->modulus_bits / 8 : 0;
    struct apdu_response response;
    struct apdu apdu = {.ins = APDU_PERFORM_SECURITY_OPERATION,
                        .p1 = 0x9E,
                        .p2 = 0x9A,
                        .data = input->bytes,
                        .size = input->size,
                        .le = expected > APDU_LE_SHORT_MAX ? expected : APDU_LE_SHORT_MAX};
    enum status status = card_enter(card, &directory);
    if (status == STATUS_OK && !card_is_verified(card, pin)) {
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        status = choose_key(card, key, input->algorithm);
    }
    if (status == STATUS_OK) {
        status = card_exchange(card, &apdu, &response);
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
