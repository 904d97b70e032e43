/* MANAGE SECURITY ENVIRONMENT and INTERNAL AUTHENTICATE, ISO/IEC 7816-4:2013, 11.5.11 and 11.5.2;
 * PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE, ISO/IEC 7816-8:2016, 11.7. */
#include "tests/card/command.h"
#include "tests/card/iso7816.h"

#define SET_FOR_COMPUTATION 0x41
#define DO_SIGNATURE 0x9E
#define DO_SIGNATURE_INPUT 0x9A

uint16_t command_manage_security_environment(struct card *card, const struct apdu *apdu,
                                             struct buffer *out)
{
    (void)out;
    if (apdu->p1 != SET_FOR_COMPUTATION) {
        return SW_WRONG_P1P2;
    }
    if (apdu->data_size == 0 || apdu->ne > 0) {
        return SW_WRONG_LENGTH;
    }
    return environment_set(&card->environment, &card->keys, card->directory, apdu->p2, apdu->data,
                           apdu->data_size);
}

static uint16_t sign(struct card *card, const struct choice *choice, const struct apdu *apdu,
                     struct buffer *out)
{
    if (apdu->data_size == 0 || apdu->ne == 0) {
        return SW_WRONG_LENGTH;
    }
    if (choice->key == NULL) {
        return SW_CONDITIONS;
    }
    uint16_t status = key_sign(choice, apdu->data, apdu->data_size, out);
    if (status == SW_OK) {
        card->signatures++;
    }
    return status;
}

uint16_t command_perform_security_operation(struct card *card, const struct apdu *apdu,
                                            struct buffer *out)
{
    if (apdu->p1 != DO_SIGNATURE || apdu->p2 != DO_SIGNATURE_INPUT) {
        return SW_WRONG_P1P2;
    }
    return sign(card, &card->environment.signature, apdu, out);
}

uint16_t command_internal_authenticate(struct card *card, const struct apdu *apdu,
                                       struct buffer *out)
{
    if (apdu->p1 != 0x00 || apdu->p2 != 0x00) {
        return SW_WRONG_P1P2;
    }
    return sign(card, &card->environment.authentication, apdu, out);
}
