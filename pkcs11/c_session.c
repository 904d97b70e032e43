/* Sessions and logins: PKCS #11 2.40, 5.6; 3.0, 5.6. */
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

/* Whether somebody can log in who is not in yet. */
static CK_RV check_login(struct session *session, enum token_user wanted)
{
    enum token_user user = token_user(session->token);
    if (user == TOKEN_NOBODY) {
        return CKR_OK;
    }
    return user == wanted ? CKR_USER_ALREADY_LOGGED_IN : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
}

static CK_RV login_user(struct session *session, const struct secret *pin)
{
    CK_RV rv = check_login(session, TOKEN_USER);
    return rv == CKR_OK ? ckr_from_status(token_login(session->token, pin)) : rv;
}

/* With the PUK. */
static CK_RV login_so(struct session *session, const struct secret *puk)
{
    CK_ULONG all;
    CK_ULONG read_write;
    CK_RV rv = check_login(session, TOKEN_SO);
    if (rv != CKR_OK) {
        return rv;
    }
    if (token_puk(session->token) == NULL) {
        return CKR_USER_TYPE_INVALID;
    }
    session_count(session->token, &all, &read_write);
    return read_write == all ? ckr_from_status(token_login_so(session->token, puk))
                             : CKR_SESSION_READ_ONLY_EXISTS;
}

/* For one use of the key that the session is about to sign with. */
static CK_RV login_for_key(struct session *session, const struct secret *pin)
{
    struct operation *sign = &session->sign;
    if (sign->mechanism == NULL || !token_key_asks_always(sign->key)) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (token_user(session->token) != TOKEN_USER) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    enum status status = token_login_for_key(session->token, pin);
    sign->key_is_open = status == STATUS_OK;
    return ckr_from_status(status);
}

static CK_RV login(struct session *session, CK_USER_TYPE type, const struct secret *pin)
{
    switch (type) {
    case CKU_SO:
        return login_so(session, pin);
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
    struct secret *secret = NULL;
    rv = pin != NULL ? module_take_pin(pin, pin_size, &secret) : module_find_pad(device, false);
    if (rv == CKR_OK) {
        rv = login(session, type, secret);
    }
    secret_free(&secret);
    return module_leave_device(device, rv);
}

/* No user of a card has a name. */
MODULE_EXPORT CK_RV C_LoginUser(CK_SESSION_HANDLE handle, CK_USER_TYPE type, CK_UTF8CHAR *pin,
                                CK_ULONG pin_size, CK_UTF8CHAR *name, CK_ULONG name_size)
{
    (void)name;
    return name_size == 0 ? C_Login(handle, type, pin, pin_size) : CKR_ARGUMENTS_BAD;
}

MODULE_EXPORT CK_RV C_SessionCancel(CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    session_cancel(session, flags);
    return module_leave_device(session->token->device, CKR_OK);
}

MODULE_EXPORT CK_RV C_Logout(CK_SESSION_HANDLE handle)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (token_user(session->token) == TOKEN_NOBODY) {
        rv = CKR_USER_NOT_LOGGED_IN;
    }
    token_logout(session->token);
    return module_leave_device(session->token->device, rv);
}
