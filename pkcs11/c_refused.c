/* Functions that make no sense on this card, or that no version of it can do. Each is there and
 * answers with the standard's code, after its session has been looked up. */
#include "pkcs11/module.h"

/* Cards come personalised (5.5). */
MODULE_EXPORT CK_RV C_InitToken(CK_SLOT_ID slot, unsigned char *pin, CK_ULONG pin_size,
                                unsigned char *label)
{
    struct token *token;
    (void)pin;
    (void)pin_size;
    (void)label;
    CK_RV rv = module_enter_token(slot, &token);
    return rv == CKR_OK ? module_leave_device(token->device, CKR_FUNCTION_NOT_SUPPORTED) : rv;
}

/* Objects are the card's: nothing is made, changed or destroyed (5.7). */

MODULE_EXPORT CK_RV C_CreateObject(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count,
                                   CK_OBJECT_HANDLE *object)
{
    (void)template;
    (void)count;
    (void)object;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_CopyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                                 CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *copy)
{
    (void)object;
    (void)template;
    (void)count;
    (void)copy;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DestroyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object)
{
    (void)object;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_SetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                                        CK_ATTRIBUTE *template, CK_ULONG count)
{
    (void)object;
    (void)template;
    (void)count;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

/* The state of an operation is not given away (5.6). */

MODULE_EXPORT CK_RV C_GetOperationState(CK_SESSION_HANDLE handle, unsigned char *state,
                                        CK_ULONG *size)
{
    (void)state;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_SetOperationState(CK_SESSION_HANDLE handle, unsigned char *state,
                                        CK_ULONG size, CK_OBJECT_HANDLE encryption_key,
                                        CK_OBJECT_HANDLE authentication_key)
{
    (void)state;
    (void)size;
    (void)encryption_key;
    (void)authentication_key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

/* The card's keys neither encrypt nor decrypt (5.8, 5.9). */

MODULE_EXPORT CK_RV C_EncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                  CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_Encrypt(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_size,
                              unsigned char *encrypted, CK_ULONG *size)
{
    (void)data;
    (void)data_size;
    (void)encrypted;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_EncryptUpdate(CK_SESSION_HANDLE handle, unsigned char *part,
                                    CK_ULONG part_size, unsigned char *encrypted, CK_ULONG *size)
{
    (void)part;
    (void)part_size;
    (void)encrypted;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_EncryptFinal(CK_SESSION_HANDLE handle, unsigned char *encrypted,
                                   CK_ULONG *size)
{
    (void)encrypted;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                  CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_Decrypt(CK_SESSION_HANDLE handle, unsigned char *encrypted,
                              CK_ULONG encrypted_size, unsigned char *data, CK_ULONG *size)
{
    (void)encrypted;
    (void)encrypted_size;
    (void)data;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DecryptUpdate(CK_SESSION_HANDLE handle, unsigned char *encrypted,
                                    CK_ULONG encrypted_size, unsigned char *part, CK_ULONG *size)
{
    (void)encrypted;
    (void)encrypted_size;
    (void)part;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DecryptFinal(CK_SESSION_HANDLE handle, unsigned char *part, CK_ULONG *size)
{
    (void)part;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

/* Nor do they recover data from signatures, or digest a key (5.10 to 5.12). */

MODULE_EXPORT CK_RV C_DigestKey(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key)
{
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_SignRecoverInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                      CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_SignRecover(CK_SESSION_HANDLE handle, unsigned char *data, CK_ULONG data_size,
                                  unsigned char *signature, CK_ULONG *size)
{
    (void)data;
    (void)data_size;
    (void)signature;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                        CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_VerifyRecover(CK_SESSION_HANDLE handle, unsigned char *signature,
                                    CK_ULONG signature_size, unsigned char *data, CK_ULONG *size)
{
    (void)signature;
    (void)signature_size;
    (void)data;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE handle, unsigned char *part,
                                          CK_ULONG part_size, unsigned char *encrypted,
                                          CK_ULONG *size)
{
    (void)part;
    (void)part_size;
    (void)encrypted;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE handle, unsigned char *encrypted,
                                          CK_ULONG encrypted_size, unsigned char *part,
                                          CK_ULONG *size)
{
    (void)encrypted;
    (void)encrypted_size;
    (void)part;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE handle, unsigned char *part,
                                        CK_ULONG part_size, unsigned char *encrypted,
                                        CK_ULONG *size)
{
    (void)part;
    (void)part_size;
    (void)encrypted;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE handle, unsigned char *encrypted,
                                          CK_ULONG encrypted_size, unsigned char *part,
                                          CK_ULONG *size)
{
    (void)encrypted;
    (void)encrypted_size;
    (void)part;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

/* Keys come with the card (5.14). */

MODULE_EXPORT CK_RV C_GenerateKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                  CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    (void)mechanism;
    (void)template;
    (void)count;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                      CK_ATTRIBUTE *public_template, CK_ULONG public_count,
                                      CK_ATTRIBUTE *private_template, CK_ULONG private_count,
                                      CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    (void)mechanism;
    (void)public_template;
    (void)public_count;
    (void)private_template;
    (void)private_count;
    (void)public_key;
    (void)private_key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_WrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                              CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key,
                              unsigned char *wrapped, CK_ULONG *size)
{
    (void)mechanism;
    (void)wrapping_key;
    (void)key;
    (void)wrapped;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_UnwrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                CK_OBJECT_HANDLE unwrapping_key, unsigned char *wrapped,
                                CK_ULONG wrapped_size, CK_ATTRIBUTE *template, CK_ULONG count,
                                CK_OBJECT_HANDLE *key)
{
    (void)mechanism;
    (void)unwrapping_key;
    (void)wrapped;
    (void)wrapped_size;
    (void)template;
    (void)count;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DeriveKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                CK_OBJECT_HANDLE base_key, CK_ATTRIBUTE *template, CK_ULONG count,
                                CK_OBJECT_HANDLE *key)
{
    (void)mechanism;
    (void)base_key;
    (void)template;
    (void)count;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

/* Functions of version 1, which never did anything else (5.16). */

MODULE_EXPORT CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE handle)
{
    return module_refuse(handle, CKR_FUNCTION_NOT_PARALLEL);
}

MODULE_EXPORT CK_RV C_CancelFunction(CK_SESSION_HANDLE handle)
{
    return module_refuse(handle, CKR_FUNCTION_NOT_PARALLEL);
}
