#include "agent/worker/signing.h"

#include <string.h>

#include "base/ckr.h"

/* PKCS#11's prototypes are older than const. */
static CK_BYTE *unconst(const uint8_t *bytes)
{
    CK_BYTE *same;
    memcpy(&same, &bytes, sizeof same);
    return same;
}

static CK_RV log_in(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session, CK_USER_TYPE user,
                    const struct secret *pin)
{
    return module->C_Login(session, user, unconst(secret_bytes_direct(pin)), secret_size(pin));
}

static bool asks_each_time(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                           CK_OBJECT_HANDLE private_key)
{
    CK_BBOOL each_time = CK_FALSE;
    CK_ATTRIBUTE attribute = {CKA_ALWAYS_AUTHENTICATE, &each_time, sizeof each_time};
    return module->C_GetAttributeValue(session, private_key, &attribute, 1) == CKR_OK &&
           each_time == CK_TRUE;
}

static CK_RV sign_logged_in(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                            const struct key *key, struct secret *pin, const uint8_t *message,
                            size_t size, struct signature *signature)
{
    CK_MECHANISM mechanism = {key->algorithm->mechanism, NULL, 0};
    CK_OBJECT_HANDLE private_key = key_find_private(module, session, key);
    if (private_key == CK_INVALID_HANDLE) {
        return CKR_OBJECT_HANDLE_INVALID;
    }
    bool again = asks_each_time(module, session, private_key);
    CK_RV rv = module->C_SignInit(session, &mechanism, private_key);
    if (rv == CKR_OK && again) {
        rv = log_in(module, session, CKU_CONTEXT_SPECIFIC, pin);
    }
    secret_clear(pin);
    CK_ULONG made = sizeof signature->bytes;
    if (rv == CKR_OK) {
        rv = module->C_Sign(session, unconst(message), size, signature->bytes, &made);
    }
    if (rv == CKR_OK) {
        signature->size = made;
    }
    return rv;
}

static enum status status_of_pin(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
                                 const struct key *key, unsigned *tries_left)
{
    unsigned tries = key_read_tries(module, session, key);
    if (tries == 0) {
        return STATUS_PIN_BLOCKED;
    }
    *tries_left = tries;
    return STATUS_PIN_WRONG;
}

enum status sign_message(CK_FUNCTION_LIST *module, const struct key *key, struct secret *pin,
                         const uint8_t *message, size_t size, struct signature *signature,
                         unsigned *tries_left)
{
    CK_SESSION_HANDLE session;
    CK_RV rv = module->C_OpenSession(key->slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
    if (rv != CKR_OK) {
        secret_clear(pin);
        return status_from_ckr(rv);
    }
    rv = log_in(module, session, CKU_USER, pin);
    if (rv == CKR_OK) {
        rv = sign_logged_in(module, session, key, pin, message, size, signature);
        module->C_Logout(session);
    }
    secret_clear(pin);
    enum status status = rv == CKR_PIN_INCORRECT ? status_of_pin(module, session, key, tries_left)
                                                 : status_from_ckr(rv);
    module->C_CloseSession(session);
    return status;
}
