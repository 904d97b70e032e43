/* Verifying, in software: PKCS #11 2.40, 5.12. */
#include "pkcs11/module.h"

static CK_RV begin(struct session *session, const CK_MECHANISM *wanted, CK_OBJECT_HANDLE handle)
{
    struct object object;
    struct certificate *certificate = NULL;
    struct pss pss;
    const struct mechanism *mechanism = mechanism_find(wanted->mechanism);
    if (session->verify.mechanism != NULL) {
        return CKR_OPERATION_ACTIVE;
    }
    if (!object_from_handle(session->token, handle, &object)) {
        return CKR_KEY_HANDLE_INVALID;
    }
    if (object.class != CKO_PUBLIC_KEY) {
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    }
    if (mechanism == NULL || mechanism->kind == MECHANISM_DIGEST) {
        return CKR_MECHANISM_INVALID;
    }
    if (!mechanism_fits(mechanism, object.key->type)) {
        return CKR_KEY_TYPE_INCONSISTENT;
    }
    CK_RV rv = mechanism_read_parameter(mechanism, wanted, &pss);
    if (rv == CKR_OK) {
        rv = object_certificate(&object, &certificate);
    }
    if (rv != CKR_OK) {
        return rv;
    }
    EVP_PKEY *key = certificate_key(certificate);
    bool is_of_type =
        key != NULL && EVP_PKEY_get_base_id(key) ==
                           (object.key->type == PKCS15_KEY_RSA ? EVP_PKEY_RSA : EVP_PKEY_EC);
    if (!is_of_type) {
        return CKR_KEY_TYPE_INCONSISTENT;
    }
    rv = operation_begin(&session->verify, mechanism);
    if (rv == CKR_OK && EVP_PKEY_up_ref(key) == 1) {
        session->verify.public_key = key;
        session->verify.pss = pss;
    }
    return rv;
}

MODULE_EXPORT CK_RV C_VerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                 CK_OBJECT_HANDLE key)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    if (mechanism == NULL) {
        rv = module_cancel(session, &session->verify, CKF_VERIFY);
    } else {
        rv = begin(session, mechanism, key);
    }
    return module_leave_device(device, rv);
}

static CK_RV finish(struct operation *verify, const unsigned char *part, CK_ULONG part_size,
                    const unsigned char *signature, CK_ULONG signature_size)
{
    const uint8_t *digest = NULL;
    size_t digest_size = 0;
    CK_RV rv = operation_update(verify, part, part_size);
    if (rv == CKR_OK) {
        rv = operation_finish(verify, &digest, &digest_size);
    }
    if (rv == CKR_OK) {
        rv = mechanism_verify(verify->mechanism, &verify->pss, verify->public_key, digest,
                              digest_size, signature, signature_size);
    }
    operation_end(verify);
    return rv;
}

MODULE_EXPORT CK_RV C_Verify(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_size,
                             unsigned char *signature, CK_ULONG signature_size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct operation *verify = &session->verify;
    if (verify->mechanism == NULL) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (verify->has_parts) {
        rv = CKR_OPERATION_ACTIVE;
    } else if (signature == NULL || (data == NULL && data_size > 0)) {
        operation_end(verify);
        rv = CKR_ARGUMENTS_BAD;
    } else {
        rv = finish(verify, data, data_size, signature, signature_size);
    }
    return module_leave_device(session->token->device, rv);
}

MODULE_EXPORT CK_RV C_VerifyUpdate(CK_SESSION_HANDLE handle, unsigned char *part,
                                   CK_ULONG part_size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct operation *verify = &session->verify;
    if (verify->mechanism == NULL) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else {
        rv = part == NULL && part_size > 0 ? CKR_ARGUMENTS_BAD
                                           : operation_update(verify, part, part_size);
        verify->has_parts = true;
        if (rv != CKR_OK) {
            operation_end(verify);
        }
    }
    return module_leave_device(session->token->device, rv);
}

MODULE_EXPORT CK_RV C_VerifyFinal(CK_SESSION_HANDLE handle, unsigned char *signature,
                                  CK_ULONG signature_size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct operation *verify = &session->verify;
    if (verify->mechanism == NULL) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (signature == NULL) {
        operation_end(verify);
        rv = CKR_ARGUMENTS_BAD;
    } else {
        rv = finish(verify, NULL, 0, signature, signature_size);
    }
    return module_leave_device(session->token->device, rv);
}
