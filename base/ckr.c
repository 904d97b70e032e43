#include "base/ckr.h"

#include <stddef.h>

/* The first row with a status answers for it; the first row with a CK_RV is how that is understood.
 */
static const struct {
    enum status status;
    CK_RV rv;
} rows[] = {
    {STATUS_OK, CKR_OK},
    {STATUS_NO_READER, CKR_SLOT_ID_INVALID},
    {STATUS_NO_CARD, CKR_TOKEN_NOT_PRESENT},
    {STATUS_CARD_UNKNOWN, CKR_TOKEN_NOT_RECOGNIZED},
    {STATUS_CARD_MUTE, CKR_TOKEN_NOT_RECOGNIZED},
    {STATUS_CARD_REMOVED, CKR_DEVICE_REMOVED},
    {STATUS_CARD_BUSY, CKR_PIRADI_CARD_BUSY},
    {STATUS_CARD_TIMEOUT, CKR_DEVICE_ERROR},
    {STATUS_CARD_CONTACTLESS, CKR_PIRADI_CARD_CONTACTLESS},
    {STATUS_PCSC_UNAVAILABLE, CKR_FUNCTION_FAILED},
    {STATUS_PIN_WRONG, CKR_PIN_INCORRECT},
    {STATUS_PIN_BLOCKED, CKR_PIN_LOCKED},
    {STATUS_PUK_BLOCKED, CKR_PIN_LOCKED},
    {STATUS_PIN_NOT_SET, CKR_PIN_EXPIRED},
    {STATUS_PIN_NOT_SET, CKR_USER_PIN_NOT_INITIALIZED},
    {STATUS_PIN_LENGTH, CKR_PIN_LEN_RANGE},
    {STATUS_USER_CANCELLED, CKR_FUNCTION_CANCELED},
    {STATUS_USER_TIMEOUT, CKR_FUNCTION_REJECTED},
    {STATUS_NO_CERTIFICATE, CKR_OBJECT_HANDLE_INVALID},
    {STATUS_BAD_REQUEST, CKR_ARGUMENTS_BAD},
    {STATUS_INTERNAL, CKR_GENERAL_ERROR},
};

CK_RV ckr_from_status(enum status status)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].status == status) {
            return rows[i].rv;
        }
    }
    return CKR_GENERAL_ERROR;
}

enum status status_from_ckr(CK_RV rv)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].rv == rv) {
            return rows[i].status;
        }
    }
    return STATUS_INTERNAL;
}
