/* Signing: PKCS #11 2.40, 5.11. */
#include "base/ckr.h"
#include "pkcs11/module.h"

static CK_RV find_mechanism(const CK_MECHANISM *wanted, const struct pkcs15_key *key,
                            const struct mechanism **mechanism, struct pss *pss)
{
    const struct mechanism *found = mechanism_find(wanted->mechanism);
    if (found == NULL || found->kind == MECHANISM_DIGEST) {
        return CKR_MECHANISM_INVALID;
    }
    if (!mechanism_fits(found, key->type)) {
        return CKR_KEY_TYPE_INCONSISTENT;
    }
    *mechanism = found;
    return mechanism_read_parameter(found, wanted, pss);
}

/* PSS is only for cards that say how they sign what was padded here. */
static CK_RV find_algorithm(struct device *device, const struct mechanism *mechanism,
                            const struct pkcs15_key *key, const struct pkcs15_algorithm **algorithm)
{
    *algorithm = NULL;
    if (mechanism->kind != MECHANISM_RSA_PSS) {
        return CKR_OK;
    }
    enum status status = device_find_raw_rsa(device, key, algorithm);
    if (status != STATUS_OK) {
        return ckr_from_status(status);
    }
    return *algorithm != NULL ? CKR_OK : CKR_MECHANISM_INVALID;
}

static CK_RV begin(struct session *session, const CK_MECHANISM *wanted, CK_OBJECT_HANDLE handle)
{
    struct object object;
    struct pss pss;
    const struct mechanism *mechanism;
    const struct pkcs15_algorithm *algorithm = NULL;
    if (session->sign.mechanism != NULL) {
        return CKR_OPERATION_ACTIVE;
    }
    if (!object_from_handle(session->token, handle, &object)) {
        return CKR_KEY_HANDLE_INVALID;
    }
    if (object.class != CKO_PRIVATE_KEY) {
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    }
    CK_RV rv = find_mechanism(wanted, object.key, &mechanism, &pss);
    if (rv == CKR_OK) {
        rv = find_algorithm(session->token->device, mechanism, object.key, &algorithm);
    }
    if (rv == CKR_OK && token_user(session->token) != TOKEN_USER) {
        rv = CKR_USER_NOT_LOGGED_IN;
    }
    if (rv == CKR_OK) {
        rv = operation_begin(&session->sign, mechanism);
    }
    if (rv == CKR_OK) {
        session->sign.key = object.key;
        session->sign.pss = pss;
        session->sign.algorithm = algorithm;
    }
    return rv;
}

MODULE_EXPORT CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                               CK_OBJECT_HANDLE key)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    if (mechanism == NULL) {
        rv = module_cancel(session, &session->sign, CKF_SIGN);
    } else {
        rv = begin(session, mechanism, key);
    }
    return module_leave_device(device, rv);
}

/* An EC key's size stands in its certificate only. */
static CK_RV signature_size(struct session *session, size_t *size)
{
    const struct pkcs15_key *key = session->sign.key;
    struct object object = {.token = session->token, .class = CKO_PRIVATE_KEY, .key = key};
    struct certificate *certificate = NULL;
    if (key->type == PKCS15_KEY_RSA) {
        *size = key->modulus_bits / 8;
        return CKR_OK;
    }
    CK_RV rv = object_certificate(&object, &certificate);
    if (rv != CKR_OK) {
        return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_SIZE_RANGE : rv;
    }
    const EVP_PKEY *public_key = certificate_key(certificate);
    if (public_key == NULL) {
        return CKR_KEY_SIZE_RANGE;
    }
    *size = 2 * (((size_t)EVP_PKEY_get_bits(public_key) + 7) / 8);
    return CKR_OK;
}

/* The card does its part. The PIN that the module remembers may have been changed elsewhere: then
 * nobody is logged in any more. */
static CK_RV sign_input(struct session *session, const struct buffer *padded, size_t expected,
                        unsigned char *signature, CK_ULONG *size)
{
    const struct card_input input = {
        .bytes = padded->bytes, .size = padded->size, .algorithm = session->sign.algorithm};
    uint8_t made[CARD_SIGNATURE_MAX];
    size_t made_size = 0;
    bool logged_in = false;
    if (token_key_asks_always(session->sign.key) && !session->sign.key_is_open) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    enum status status =
        token_sign(session->token, session->sign.key, &input, made, &made_size, &logged_in);
    if (status == STATUS_PIN_WRONG || status == STATUS_PIN_BLOCKED ||
        (status == STATUS_OK && !logged_in)) {
        return CKR_USER_NOT_LOGGED_IN;
    }
    if (status != STATUS_OK) {
        return ckr_from_status(status);
    }
    return made_size == expected ? module_put_output(made, made_size, signature, size)
                                 : CKR_DEVICE_ERROR;
}

static CK_RV finish(struct session *session, size_t expected, unsigned char *signature,
                    CK_ULONG *size)
{
    const uint8_t *digest = NULL;
    size_t digest_size = 0;
    struct operation *sign = &session->sign;
    size_t key_size = sign->key->type == PKCS15_KEY_RSA ? expected : expected / 2;
    struct buffer input;
    buffer_init(&input, OPERATION_DATA_MAX);
    CK_RV rv = operation_finish(sign, &digest, &digest_size);
    if (rv == CKR_OK) {
        rv =
            mechanism_put_input(sign->mechanism, &sign->pss, key_size, digest, digest_size, &input);
    }
    if (rv == CKR_OK) {
        rv = sign_input(session, &input, expected, signature, size);
    }
    buffer_free(&input);
    return rv;
}

/* Of C_Sign (`part` is all the data) and C_SignFinal (there is none). Asking for the size, or
 * offering too little room, ends nothing. */
static CK_RV sign(struct session *session, const unsigned char *part, CK_ULONG part_size,
                  unsigned char *signature, CK_ULONG *size)
{
    size_t expected;
    CK_RV rv = signature_size(session, &expected);
    if (rv == CKR_OK && (signature == NULL || *size < expected)) {
        *size = expected;
        return signature == NULL ? CKR_OK : CKR_BUFFER_TOO_SMALL;
    }
    if (rv == CKR_OK) {
        rv = operation_update(&session->sign, part, part_size);
    }
    if (rv == CKR_OK) {
        rv = finish(session, expected, signature, size);
    }
    operation_end(&session->sign);
    return rv;
}

MODULE_EXPORT CK_RV C_Sign(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_size,
                           unsigned char *signature, CK_ULONG *size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    if (session->sign.mechanism == NULL) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (session->sign.has_parts) {
        rv = CKR_OPERATION_ACTIVE;
    } else if (size == NULL || (data == NULL && data_size > 0)) {
        operation_end(&session->sign);
        rv = CKR_ARGUMENTS_BAD;
    } else {
        rv = sign(session, data, data_size, signature, size);
    }
    return module_leave_device(device, rv);
}

MODULE_EXPORT CK_RV C_SignUpdate(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG part_size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct operation *operation = &session->sign;
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

MODULE_EXPORT CK_RV C_SignFinal(CK_SESSION_HANDLE handle, unsigned char *signature, CK_ULONG *size)
{
    struct session *session;
    CK_RV rv = module_enter_session(handle, &session);
    if (rv != CKR_OK) {
        return rv;
    }
    struct device *device = session->token->device;
    if (session->sign.mechanism == NULL) {
        rv = CKR_OPERATION_NOT_INITIALIZED;
    } else if (size == NULL) {
        operation_end(&session->sign);
        rv = CKR_ARGUMENTS_BAD;
    } else {
        rv = sign(session, NULL, 0, signature, size);
    }
    return module_leave_device(device, rv);
}
