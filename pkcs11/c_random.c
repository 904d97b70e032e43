/* Random numbers, from the card: PKCS #11 2.40, 5.15. */
#include "base/ckr.h"
#include "pkcs11/module.h"

/* More than anybody asks a card for; each eight bytes are a command. */
#define RANDOM_MAX 4096

MODULE_EXPORT CK_RV C_SeedRandom(CK_SESSION_HANDLE handle, unsigned char *seed, CK_ULONG size)
{
    struct session *session;
    (void)seed;
    (void)size;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    return module_leave_device(session->token->device, CKR_RANDOM_SEED_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, unsigned char *bytes, CK_ULONG size)
{
    struct session *session;
    if ((bytes == NULL && size > 0) || size > RANDOM_MAX) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    enum status status = card_take(device->card, LINK_READ);
    if (status == STATUS_OK) {
        status = card_random(device->card, bytes, size);
        card_done(device->card);
    }
    return module_leave_device(device, ckr_from_status(device_result(device, status)));
}
