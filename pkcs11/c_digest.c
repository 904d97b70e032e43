/* Digests, in software: PKCS #11 2.40, 5.10. */
#include "pkcs11/module.h"

static CK_RV begin(struct session *session, const CK_MECHANISM *wanted)
{
    const struct mechanism *mechanism = mechanism_find(wanted->mechanism);
    if (session->digest.mechanism != NULL) {
        return CKR_OPERATION_ACTIVE;
    }
    if (mechanism == NULL || mechanism->kind != MECHANISM_DIGEST) {
        return CKR_MECHANISM_INVALID;
    }
    return wanted->ulParameterLen != 0 ? CKR_MECHANISM_PARAM_INVALID
                                       : operation_begin(&session->digest, mechanism);
}

MODULE_EXPORT CK_RV C_DigestInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    if (mechanism == NULL) {
        rv = module_cancel(session, &session->digest, CKF_DIGEST);
    } else {
        rv = begin(session, mechanism);
    }
    return module_leave_device(session->token->device, rv);
}

/* Of C_Digest and C_DigestFinal. Asking for the size, or offering too little room, ends nothing. */
static CK_RV finish(struct operation *operation, const unsigned char *part, CK_ULONG part_size,
                    unsigned char *digest, CK_ULONG *size)
{
    const uint8_t *made = NULL;
    size_t made_size = (size_t)EVP_MD_CTX_get_size(operation->digest);
    if (digest == NULL || *size < made_size) {
        *size = made_size;
        return digest == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    }
    CK_RV rv = operation_update(operation, part, part_size);
    if (rv == CKR_OK) {
        rv = operation_finish(operation, &made, &made_size);
    }
    if (rv == CKR_OK) {
        rv = module_put_output(made, made_size, digest, size);
    }
    operation_end(operation);
    return rv;
}

MODULE_EXPORT CK_RV C_Digest(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_size,
                             unsigned char *digest, CK_ULONG *size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct operation *operation = &session->digest;
    if (operation->mechanism == NULL) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (operation->has_parts) {
        rv = CKR_OPERATION_ACTIVE;
    } else if (size == NULL || (data == NULL && data_size > 0)) {
        operation_end(operation);
        rv = CKR_ARGUMENTS_BAD;
    } else {
        rv = finish(operation, data, data_size, digest, size);
    }
    return module_leave_device(session->token->device, rv);
}

MODULE_EXPORT CK_RV C_DigestUpdate(CK_SESSION_HANDLE handle, unsigned char *part,
                                   CK_ULONG part_size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct operation *operation = &session->digest;
    if (operation->mechanism == NULL) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else {
        rv = part == NULL && part_size > 0 ? CKR_ARGUMENTS_BAD
                                           : operation_update(operation, part, part_size);
        operation->has_parts = true;
        if (rv != CKR_OK) {
            operation_end(operation);
        }
    }
    return module_leave_device(session->token->device, rv);
}

MODULE_EXPORT CK_RV C_DigestFinal(CK_SESSION_HANDLE handle, unsigned char *digest, CK_ULONG *size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct operation *operation = &session->digest;
    if (operation->mechanism == NULL) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (size == NULL) {
        operation_end(operation);
        rv = CKR_ARGUMENTS_BAD;
    } else {
        rv = finish(operation, NULL, 0, digest, size);
    }
    return module_leave_device(session->token->device, rv);
}
