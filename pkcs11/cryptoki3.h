/*
 * What version 3.0 of PKCS #11 adds to the interface, where the system's header ends at 2.40:
 * types, constants and functions of the OASIS standard "PKCS #11 Cryptographic Token Interface Base
 * Specification Version 3.0" (15 June 2020), its headers pkcs11t.h and pkcs11f.h.
 *
 * Its function list begins as the one of 2.40 does, so that one is a member here.
 */
#ifndef PIRADI_PKCS11_CRYPTOKI3_H
#define PIRADI_PKCS11_CRYPTOKI3_H

#include <p11-kit/pkcs11.h>

#define CRYPTOKI3_VERSION_MAJOR 3
#define CRYPTOKI3_VERSION_MINOR 0

/* Flags of C_SessionCancel: those of CK_MECHANISM_INFO, and these. */
#define CKF_FIND_OBJECTS 0x00000040UL

typedef struct {
    CK_UTF8CHAR *pInterfaceName;
    void *pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;

CK_RV C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count);
CK_RV C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface,
                     CK_FLAGS flags);
CK_RV C_LoginUser(CK_SESSION_HANDLE handle, CK_USER_TYPE type, CK_UTF8CHAR *pin, CK_ULONG pin_size,
                  CK_UTF8CHAR *name, CK_ULONG name_size);
CK_RV C_SessionCancel(CK_SESSION_HANDLE handle, CK_FLAGS flags);

/* Message-based operations, section 5.9, 5.11, 5.14 and 5.16. */
CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV C_EncryptMessage(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                       unsigned char *associated, CK_ULONG associated_size, unsigned char *text,
                       CK_ULONG text_size, unsigned char *encrypted, CK_ULONG *size);
CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                            unsigned char *associated, CK_ULONG associated_size);
CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                           unsigned char *text, CK_ULONG text_size, unsigned char *encrypted,
                           CK_ULONG *size, CK_FLAGS flags);
CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE handle);
CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV C_DecryptMessage(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                       unsigned char *associated, CK_ULONG associated_size,
                       unsigned char *encrypted, CK_ULONG encrypted_size, unsigned char *text,
                       CK_ULONG *size);
CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                            unsigned char *associated, CK_ULONG associated_size);
CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                           unsigned char *encrypted, CK_ULONG encrypted_size, unsigned char *text,
                           CK_ULONG *size, CK_FLAGS flags);
CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE handle);
CK_RV C_MessageSignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV C_SignMessage(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                    unsigned char *data, CK_ULONG data_size, unsigned char *signature,
                    CK_ULONG *size);
CK_RV C_SignMessageBegin(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size);
CK_RV C_SignMessageNext(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                        unsigned char *data, CK_ULONG data_size, unsigned char *signature,
                        CK_ULONG *size);
CK_RV C_MessageSignFinal(CK_SESSION_HANDLE handle);
CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV C_VerifyMessage(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                      unsigned char *data, CK_ULONG data_size, unsigned char *signature,
                      CK_ULONG signature_size);
CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size);
CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE handle, void *parameter, CK_ULONG parameter_size,
                          unsigned char *data, CK_ULONG data_size, unsigned char *signature,
                          CK_ULONG signature_size);
CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE handle);

/* CK_FUNCTION_LIST_3_0. */
struct cryptoki3_functions {
    CK_FUNCTION_LIST version_2; /* with the version, and C_Initialize to C_WaitForSlotEvent */
    CK_RV (*C_GetInterfaceList)(CK_INTERFACE *, CK_ULONG *);
    CK_RV (*C_GetInterface)(CK_UTF8CHAR *, CK_VERSION *, CK_INTERFACE **, CK_FLAGS);
    CK_RV(*C_LoginUser)
    (CK_SESSION_HANDLE, CK_USER_TYPE, CK_UTF8CHAR *, CK_ULONG, CK_UTF8CHAR *, CK_ULONG);
    CK_RV (*C_SessionCancel)(CK_SESSION_HANDLE, CK_FLAGS);
    CK_RV (*C_MessageEncryptInit)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
    CK_RV(*C_EncryptMessage)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG,
     unsigned char *, CK_ULONG *);
    CK_RV(*C_EncryptMessageBegin)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG);
    CK_RV(*C_EncryptMessageNext)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *,
     CK_FLAGS);
    CK_RV (*C_MessageEncryptFinal)(CK_SESSION_HANDLE);
    CK_RV (*C_MessageDecryptInit)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
    CK_RV(*C_DecryptMessage)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG,
     unsigned char *, CK_ULONG *);
    CK_RV(*C_DecryptMessageBegin)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG);
    CK_RV(*C_DecryptMessageNext)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *,
     CK_FLAGS);
    CK_RV (*C_MessageDecryptFinal)(CK_SESSION_HANDLE);
    CK_RV (*C_MessageSignInit)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
    CK_RV(*C_SignMessage)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *);
    CK_RV (*C_SignMessageBegin)(CK_SESSION_HANDLE, void *, CK_ULONG);
    CK_RV(*C_SignMessageNext)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG *);
    CK_RV (*C_MessageSignFinal)(CK_SESSION_HANDLE);
    CK_RV (*C_MessageVerifyInit)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
    CK_RV(*C_VerifyMessage)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG);
    CK_RV (*C_VerifyMessageBegin)(CK_SESSION_HANDLE, void *, CK_ULONG);
    CK_RV(*C_VerifyMessageNext)
    (CK_SESSION_HANDLE, void *, CK_ULONG, unsigned char *, CK_ULONG, unsigned char *, CK_ULONG);
    CK_RV (*C_MessageVerifyFinal)(CK_SESSION_HANDLE);
};

#endif
