/* The PINs themselves: PKCS #11 2.40, 5.5 (C_InitPIN, C_SetPIN). */
#include "base/ckr.h"
#include "pkcs11/module.h"

static CK_RV init_pin(struct session *session, const struct secret *pin)
{
    bool logged_in = false;
    if (token_user(session->token) != TOKEN_SO) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    enum status status = token_unblock(session->token, pin, &logged_in);
    if (status == STATUS_PIN_WRONG || (status == STATUS_OK && !logged_in)) {
        /* The PUK was changed elsewhere: another attempt would cost another try. */
        token_logout(session->token);
        return CKR_USER_NOT_LOGGED_IN;
    }
    return ckr_from_status(status);
}

MODULE_EXPORT CK_RV C_InitPIN(CK_SESSION_HANDLE handle, unsigned char *pin, CK_ULONG pin_size)
{
    struct session *session;
    struct secret *secret = NULL;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    rv = pin != NULL ? module_take_pin(pin, pin_size, &secret) : module_find_pad(device, true);
    if (rv == CKR_OK) {
        rv = init_pin(session, secret);
    }
    secret_free(&secret);
    return module_leave_device(device, rv);
}

static CK_RV set_pin(struct session *session, const struct secret *old_pin,
                     const struct secret *new_pin)
{
    struct token *token = session->token;
    if (!session->read_write) {
        return CKR_SESSION_READ_ONLY;
    }
    const struct pkcs15_pin *pin = token_user(token) == TOKEN_SO ? token_puk(token) : token->pin;
    if ((pin->flags & PKCS15_PIN_CHANGE_DISABLED) != 0) {
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
    return ckr_from_status(token_set_pin(token, old_pin, new_pin));
}

MODULE_EXPORT CK_RV C_SetPIN(CK_SESSION_HANDLE handle, unsigned char *old_pin, CK_ULONG old_size,
                             unsigned char *new_pin, CK_ULONG new_size)
{
    struct session *session;
    struct secret *old_secret = NULL;
    struct secret *new_secret = NULL;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    if (old_pin == NULL && new_pin == NULL) {
        rv = module_find_pad(device, true);
    } else {
        rv = module_take_pin(old_pin, old_size, &old_secret);
        if (rv == CKR_OK) {
            rv = module_take_pin(new_pin, new_size, &new_secret);
        }
    }
    if (rv == CKR_OK) {
        rv = set_pin(session, old_secret, new_secret);
    }
    secret_free(&old_secret);
    secret_free(&new_secret);
    return module_leave_device(device, rv);
}
