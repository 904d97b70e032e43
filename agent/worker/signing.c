#include "agent/worker/signing.h"

#include <stdbool.h>

#include "agent/worker/unconst.h"
#include "base/ckr.h"

/* A reader with keys of its own asks for the PIN where PKCS#11 is given none. */
static CK_RV log_in(CK_FUNCTION_LIST *module, const struct key *key, CK_USER_TYPE user,
                    const struct secret *pin)
{
    if (key->pad) {
        return module->C_Login(key->session, user, NULL, 0);
    }
    return module->C_Login(key->session, user, unconst(secret_bytes_direct(pin)), secret_size(pin));
}

static bool asks_each_time(CK_FUNCTION_LIST *module, const struct key *key,
                           CK_OBJECT_HANDLE private_key)
{
    CK_BBOOL each_time = CK_FALSE;
    CK_ATTRIBUTE attribute = {CKA_ALWAYS_AUTHENTICATE, &each_time, sizeof each_time};
    return module->C_GetAttributeValue(key->session, private_key, &attribute, 1) == CKR_OK &&
           each_time == CK_TRUE;
}

static CK_RV sign_logged_in(CK_FUNCTION_LIST *module, const struct key *key,
                            const struct algorithm_use *use, struct secret *pin,
                            struct signature *signature)
{
    CK_MECHANISM mechanism = use->mechanism;
    CK_OBJECT_HANDLE private_key = key_find_private(module, key);
    if (private_key == CK_INVALID_HANDLE) {
        return CKR_OBJECT_HANDLE_INVALID;
    }
    bool again = asks_each_time(module, key, private_key);
    CK_RV rv = module->C_SignInit(key->session, &mechanism, private_key);
    if (rv == CKR_OK && again) {
        rv = log_in(module, key, CKU_CONTEXT_SPECIFIC, pin);
    }
    secret_clear(pin);
    CK_ULONG made = sizeof signature->bytes;
    if (rv == CKR_OK) {
        rv = module->C_Sign(key->session, unconst(use->input), use->input_size, signature->bytes,
                            &made);
    }
    if (rv == CKR_OK && made > sizeof signature->bytes) {
        rv = CKR_GENERAL_ERROR;
    }
    if (rv == CKR_OK) {
        signature->size = made;
    }
    return rv;
}

static enum status status_of_pin(CK_FUNCTION_LIST *module, const struct key *key,
                                 unsigned *tries_left)
{
    unsigned tries = key_read_tries(module, key);
    if (tries == 0) {
        return STATUS_PIN_BLOCKED;
    }
    *tries_left = tries;
    return STATUS_PIN_WRONG;
}

enum status sign_digest(CK_FUNCTION_LIST *module, const struct key *key,
                        const struct algorithm_use *use, struct secret *pin,
                        struct signature *signature, unsigned *tries_left)
{
    CK_RV rv = log_in(module, key, CKU_USER, pin);
    if (rv == CKR_OK) {
        rv = sign_logged_in(module, key, use, pin, signature);
        module->C_Logout(key->session);
    }
    secret_clear(pin);
    return rv == CKR_PIN_INCORRECT ? status_of_pin(module, key, tries_left) : status_from_ckr(rv);
}
