/* The library itself: PKCS #11 2.40, 5.4. */
#include "pkcs11/module.h"

static CK_FUNCTION_LIST functions = {
    .version = {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR},
#define FUNCTION(name) .name = name
    FUNCTION(C_Initialize),
    FUNCTION(C_Finalize),
    FUNCTION(C_GetInfo),
    FUNCTION(C_GetFunctionList),
    FUNCTION(C_GetSlotList),
    FUNCTION(C_GetSlotInfo),
    FUNCTION(C_GetTokenInfo),
    FUNCTION(C_GetMechanismList),
    FUNCTION(C_GetMechanismInfo),
    FUNCTION(C_InitToken),
    FUNCTION(C_InitPIN),
    FUNCTION(C_SetPIN),
    FUNCTION(C_OpenSession),
    FUNCTION(C_CloseSession),
    FUNCTION(C_CloseAllSessions),
    FUNCTION(C_GetSessionInfo),
    FUNCTION(C_GetOperationState),
    FUNCTION(C_SetOperationState),
    FUNCTION(C_Login),
    FUNCTION(C_Logout),
    FUNCTION(C_CreateObject),
    FUNCTION(C_CopyObject),
    FUNCTION(C_DestroyObject),
    FUNCTION(C_GetObjectSize),
    FUNCTION(C_GetAttributeValue),
    FUNCTION(C_SetAttributeValue),
    FUNCTION(C_FindObjectsInit),
    FUNCTION(C_FindObjects),
    FUNCTION(C_FindObjectsFinal),
    FUNCTION(C_EncryptInit),
    FUNCTION(C_Encrypt),
    FUNCTION(C_EncryptUpdate),
    FUNCTION(C_EncryptFinal),
    FUNCTION(C_DecryptInit),
    FUNCTION(C_Decrypt),
    FUNCTION(C_DecryptUpdate),
    FUNCTION(C_DecryptFinal),
    FUNCTION(C_DigestInit),
    FUNCTION(C_Digest),
    FUNCTION(C_DigestUpdate),
    FUNCTION(C_DigestKey),
    FUNCTION(C_DigestFinal),
    FUNCTION(C_SignInit),
    FUNCTION(C_Sign),
    FUNCTION(C_SignUpdate),
    FUNCTION(C_SignFinal),
    FUNCTION(C_SignRecoverInit),
    FUNCTION(C_SignRecover),
    FUNCTION(C_VerifyInit),
    FUNCTION(C_Verify),
    FUNCTION(C_VerifyUpdate),
    FUNCTION(C_VerifyFinal),
    FUNCTION(C_VerifyRecoverInit),
    FUNCTION(C_VerifyRecover),
    FUNCTION(C_DigestEncryptUpdate),
    FUNCTION(C_DecryptDigestUpdate),
    FUNCTION(C_SignEncryptUpdate),
    FUNCTION(C_DecryptVerifyUpdate),
    FUNCTION(C_GenerateKey),
    FUNCTION(C_GenerateKeyPair),
    FUNCTION(C_WrapKey),
    FUNCTION(C_UnwrapKey),
    FUNCTION(C_DeriveKey),
    FUNCTION(C_SeedRandom),
    FUNCTION(C_GenerateRandom),
    FUNCTION(C_GetFunctionStatus),
    FUNCTION(C_CancelFunction),
    FUNCTION(C_WaitForSlotEvent),
#undef FUNCTION
};

MODULE_EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    if (list == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    *list = &functions;
    return CKR_OK;
}

MODULE_EXPORT CK_RV C_Initialize(void *arguments)
{
    return module_initialize(arguments);
}

MODULE_EXPORT CK_RV C_Finalize(void *reserved)
{
    return reserved == NULL ? module_finalize() : CKR_ARGUMENTS_BAD;
}

MODULE_EXPORT CK_RV C_GetInfo(CK_INFO *info)
{
    if (info == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    *info = (CK_INFO){
        .cryptokiVersion = {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR},
        .libraryVersion = {PIRADI_VERSION_MAJOR, PIRADI_VERSION_MINOR},
    };
    module_put_text(info->manufacturerID, sizeof info->manufacturerID, "Piradi");
    module_put_text(info->libraryDescription, sizeof info->libraryDescription, "Georgian ID card");
    module_leave();
    return CKR_OK;
}
