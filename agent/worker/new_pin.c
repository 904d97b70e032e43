#include "agent/worker/new_pin.h"

#include "agent/worker/unconst.h"
#include "base/ckr.h"

/* A PIN changes in a session that may write. The old one, of the card that was found, must still
 * live once the new one is there: else that is another card's. */
static CK_RV begin_to_write(CK_FUNCTION_LIST *module, struct key *key)
{
    CK_SESSION_HANDLE writing;
    CK_SESSION_INFO info;
    CK_RV rv =
        module->C_OpenSession(key->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &writing);
    if (rv != CKR_OK) {
        return rv;
    }
    if (module->C_GetSessionInfo(key->session, &info) != CKR_OK) {
        module->C_CloseSession(writing);
        return CKR_DEVICE_REMOVED;
    }
    module->C_CloseSession(key->session);
    key->session = writing;
    return CKR_OK;
}

static enum status status_of(CK_RV rv, unsigned tries, enum status blocked, unsigned *tries_left)
{
    if (rv != CKR_PIN_INCORRECT) {
        return rv == CKR_PIN_LOCKED ? blocked : status_from_ckr(rv);
    }
    if (tries == 0) {
        return blocked;
    }
    *tries_left = tries;
    return STATUS_PIN_WRONG;
}

enum status new_pin_by_pin(CK_FUNCTION_LIST *module, struct key *key, struct secret *old_pin,
                           struct secret *new_pin, unsigned *tries_left)
{
    CK_RV rv = begin_to_write(module, key);
    if (rv == CKR_OK) {
        rv = module->C_SetPIN(key->session, unconst(secret_bytes_direct(old_pin)),
                              secret_size(old_pin), unconst(secret_bytes_direct(new_pin)),
                              secret_size(new_pin));
    }
    secret_clear(old_pin);
    secret_clear(new_pin);
    unsigned tries = rv == CKR_PIN_INCORRECT ? key_read_tries(module, key) : 0;
    return status_of(rv, tries, STATUS_PIN_BLOCKED, tries_left);
}

enum status new_pin_by_puk(CK_FUNCTION_LIST *module, struct key *key, struct secret *puk,
                           struct secret *new_pin, unsigned *tries_left)
{
    CK_RV rv = begin_to_write(module, key);
    if (rv == CKR_OK) {
        rv = module->C_Login(key->session, CKU_SO, unconst(secret_bytes_direct(puk)),
                             secret_size(puk));
    }
    secret_clear(puk);
    if (rv == CKR_OK) {
        rv = module->C_InitPIN(key->session, unconst(secret_bytes_direct(new_pin)),
                               secret_size(new_pin));
        module->C_Logout(key->session);
    }
    secret_clear(new_pin);
    unsigned tries = rv == CKR_PIN_INCORRECT ? key_read_unblocking_tries(module, key) : 0;
    return status_of(rv, tries, STATUS_PUK_BLOCKED, tries_left);
}
