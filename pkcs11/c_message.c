/* The message-based operations of PKCS #11 3.0 (5.9, 5.11, 5.14, 5.16): for mechanisms that take a
 * nonce with each message, of which the card has none. */
#include "pkcs11/module.h"

MODULE_EXPORT CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                         CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_EncryptMessage(CK_SESSION_HANDLE handle, void *parameter,
                                     CK_ULONG parameter_size, unsigned char *associated,
                                     CK_ULONG associated_size, unsigned char *text,
                                     CK_ULONG text_size, unsigned char *encrypted, CK_ULONG *size)
{
    (void)parameter;
    (void)parameter_size;
    (void)associated;
    (void)associated_size;
    (void)text;
    (void)text_size;
    (void)encrypted;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE handle, void *parameter,
                                          CK_ULONG parameter_size, unsigned char *associated,
                                          CK_ULONG associated_size)
{
    (void)parameter;
    (void)parameter_size;
    (void)associated;
    (void)associated_size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE handle, void *parameter,
                                         CK_ULONG parameter_size, unsigned char *text,
                                         CK_ULONG text_size, unsigned char *encrypted,
                                         CK_ULONG *size, CK_FLAGS flags)
{
    (void)parameter;
    (void)parameter_size;
    (void)text;
    (void)text_size;
    (void)encrypted;
    (void)size;
    (void)flags;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE handle)
{
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                         CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DecryptMessage(CK_SESSION_HANDLE handle, void *parameter,
                                     CK_ULONG parameter_size, unsigned char *associated,
                                     CK_ULONG associated_size, unsigned char *encrypted,
                                     CK_ULONG encrypted_size, unsigned char *text, CK_ULONG *size)
{
    (void)parameter;
    (void)parameter_size;
    (void)associated;
    (void)associated_size;
    (void)encrypted;
    (void)encrypted_size;
    (void)text;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE handle, void *parameter,
                                          CK_ULONG parameter_size, unsigned char *associated,
                                          CK_ULONG associated_size)
{
    (void)parameter;
    (void)parameter_size;
    (void)associated;
    (void)associated_size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE handle, void *parameter,
                                         CK_ULONG parameter_size, unsigned char *encrypted,
                                         CK_ULONG encrypted_size, unsigned char *text,
                                         CK_ULONG *size, CK_FLAGS flags)
{
    (void)parameter;
    (void)parameter_size;
    (void)encrypted;
    (void)encrypted_size;
    (void)text;
    (void)size;
    (void)flags;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE handle)
{
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_MessageSignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                      CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_SignMessage(CK_SESSION_HANDLE handle, void *parameter,
                                  CK_ULONG parameter_size, unsigned char *data, CK_ULONG data_size,
                                  unsigned char *signature, CK_ULONG *size)
{
    (void)parameter;
    (void)parameter_size;
    (void)data;
    (void)data_size;
    (void)signature;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_SignMessageBegin(CK_SESSION_HANDLE handle, void *parameter,
                                       CK_ULONG parameter_size)
{
    (void)parameter;
    (void)parameter_size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_SignMessageNext(CK_SESSION_HANDLE handle, void *parameter,
                                      CK_ULONG parameter_size, unsigned char *data,
                                      CK_ULONG data_size, unsigned char *signature, CK_ULONG *size)
{
    (void)parameter;
    (void)parameter_size;
    (void)data;
    (void)data_size;
    (void)signature;
    (void)size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_MessageSignFinal(CK_SESSION_HANDLE handle)
{
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
                                        CK_OBJECT_HANDLE key)
{
    (void)mechanism;
    (void)key;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_VerifyMessage(CK_SESSION_HANDLE handle, void *parameter,
                                    CK_ULONG parameter_size, unsigned char *data,
                                    CK_ULONG data_size, unsigned char *signature,
                                    CK_ULONG signature_size)
{
    (void)parameter;
    (void)parameter_size;
    (void)data;
    (void)data_size;
    (void)signature;
    (void)signature_size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE handle, void *parameter,
                                         CK_ULONG parameter_size)
{
    (void)parameter;
    (void)parameter_size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE handle, void *parameter,
                                        CK_ULONG parameter_size, unsigned char *data,
                                        CK_ULONG data_size, unsigned char *signature,
                                        CK_ULONG signature_size)
{
    (void)parameter;
    (void)parameter_size;
    (void)data;
    (void)data_size;
    (void)signature;
    (void)signature_size;
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

MODULE_EXPORT CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE handle)
{
    return module_refuse(handle, CKR_FUNCTION_NOT_SUPPORTED);
}
