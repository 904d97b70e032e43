/* Sessions and logins: PKCS #11 2.40, 5.6. */
#include "base/ckr.h"
#include "pkcs11/module.h"

MODULE_EXPORT CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
                                  CK_NOTIFY notify, CK_SESSION_HANDLE *handle)
{
    struct token *token;
    (void)application;
    (void)notify; /* nothing that takes long surrenders */
    if (handle == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if ((flags & CKF_SERIAL_SESSION) == 0) {
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    }
    CK_RV rv = module_enter_token(slot, &token);
    if (rv != CKR_OK) {
        return rv;
    }
    rv = session_open(token, slot, (flags & CKF_RW_SESSION) != 0, handle);
    return module_leave_device(token->device, rv);
}

MODULE_EXPORT CK_RV C_CloseSession(CK_SESSION_HANDLE handle)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    session_close(device, session);
    return module_leave_device(device, CKR_OK);
}

MODULE_EXPORT CK_RV C_CloseAllSessions(CK_SLOT_ID slot)
{
    struct token *token;
    CK_RV rv = module_enter_slot(slot, &token);
    if (rv != CKR_OK) {
        return rv;
    }
    session_close_all(token->device, token);
    return module_leave_device(token->device, CKR_OK);
}

MODULE_EXPORT CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info)
{
    struct session *session;
    if (info == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    *info = (CK_SESSION_INFO){
        .slotID = session_slot(handle),
        .state = session_state(session),
        .flags = CKF_SERIAL_SESSION | (session->read_write ? CKF_RW_SESSION : 0),
    };
    return module_leave_device(session->token->device, CKR_OK);
}

static CK_RV login_user(struct session *session, const struct secret *pin)
{
    if (token_is_logged_in(session->token)) {
        return CKR_USER_ALREADY_LOGGED_IN;
    }
    return ckr_from_status(token_login(session->token, pin));
}

/* For one use of the key that the session is about to sign with. */
static CK_RV login_for_key(struct session *session, const struct secret *pin)
{
    struct operation *sign = &session->sign;
    if (sign->mechanism == NULL || !token_key_asks_always(sign->key)) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (!token_is_logged_in(session->token)) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    enum status status = token_login_for_key(session->token, pin);
    sign->key_is_open = status == STATUS_OK;
    return ckr_from_status(status);
}

static CK_RV login(struct session *session, CK_USER_TYPE type, const struct secret *pin)
{
    switch (type) {
    case CKU_USER:
        return login_user(session, pin);
    case CKU_CONTEXT_SPECIFIC:
        return login_for_key(session, pin);
    default:
        return CKR_USER_TYPE_INVALID;
    }
}

MODULE_EXPORT CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE type, unsigned char *pin,
                            CK_ULONG pin_size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    struct secret *secret = secret_new();
    if (pin == NULL) {
        rv = CKR_ARGUMENTS_BAD; /* no reader with a PIN pad is driven */
    } else if (secret == NULL) {
        rv = CKR_HOST_MEMORY;
    } else if (!secret_set(secret, pin, pin_size)) {
        rv = CKR_PIN_LEN_RANGE;
    } else {
        rv = login(session, type, secret);
    }
    secret_free(&secret);
    return module_leave_device(device, rv);
}

MODULE_EXPORT CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (!token_is_logged_in(session->token)) {
        rv = CKR_USER_NOT_LOGGED_IN;
    }
    token_logout(session->token);
    return module_leave_device(session->token->device, rv);
}
