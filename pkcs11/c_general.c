/* The library itself: PKCS #11 2.40, 5.4; 3.0, 5.4. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "pkcs11/module.h"

/* C_GetInfo of the interface of version 3.0, in its own words. */
static CK_RV get_info_3(CK_INFO *info);

#define FUNCTION(name) .name = name
#define FUNCTIONS_2_BUT_GET_INFO                                                                   \
    FUNCTION(C_Initialize), FUNCTION(C_Finalize), FUNCTION(C_GetFunctionList),                     \
        FUNCTION(C_GetSlotList), FUNCTION(C_GetSlotInfo), FUNCTION(C_GetTokenInfo),                \
        FUNCTION(C_GetMechanismList), FUNCTION(C_GetMechanismInfo), FUNCTION(C_InitToken),         \
        FUNCTION(C_InitPIN), FUNCTION(C_SetPIN), FUNCTION(C_OpenSession),                          \
        FUNCTION(C_CloseSession), FUNCTION(C_CloseAllSessions), FUNCTION(C_GetSessionInfo),        \
        FUNCTION(C_GetOperationState), FUNCTION(C_SetOperationState), FUNCTION(C_Login),           \
        FUNCTION(C_Logout), FUNCTION(C_CreateObject), FUNCTION(C_CopyObject),                      \
        FUNCTION(C_DestroyObject), FUNCTION(C_GetObjectSize), FUNCTION(C_GetAttributeValue),       \
        FUNCTION(C_SetAttributeValue), FUNCTION(C_FindObjectsInit), FUNCTION(C_FindObjects),       \
        FUNCTION(C_FindObjectsFinal), FUNCTION(C_EncryptInit), FUNCTION(C_Encrypt),                \
        FUNCTION(C_EncryptUpdate), FUNCTION(C_EncryptFinal), FUNCTION(C_DecryptInit),              \
        FUNCTION(C_Decrypt), FUNCTION(C_DecryptUpdate), FUNCTION(C_DecryptFinal),                  \
        FUNCTION(C_DigestInit), FUNCTION(C_Digest), FUNCTION(C_DigestUpdate),                      \
        FUNCTION(C_DigestKey), FUNCTION(C_DigestFinal), FUNCTION(C_SignInit), FUNCTION(C_Sign),    \
        FUNCTION(C_SignUpdate), FUNCTION(C_SignFinal), FUNCTION(C_SignRecoverInit),                \
        FUNCTION(C_SignRecover), FUNCTION(C_VerifyInit), FUNCTION(C_Verify),                       \
        FUNCTION(C_VerifyUpdate), FUNCTION(C_VerifyFinal), FUNCTION(C_VerifyRecoverInit),          \
        FUNCTION(C_VerifyRecover), FUNCTION(C_DigestEncryptUpdate),                                \
        FUNCTION(C_DecryptDigestUpdate), FUNCTION(C_SignEncryptUpdate),                            \
        FUNCTION(C_DecryptVerifyUpdate), FUNCTION(C_GenerateKey), FUNCTION(C_GenerateKeyPair),     \
        FUNCTION(C_WrapKey), FUNCTION(C_UnwrapKey), FUNCTION(C_DeriveKey), FUNCTION(C_SeedRandom), \
        FUNCTION(C_GenerateRandom), FUNCTION(C_GetFunctionStatus), FUNCTION(C_CancelFunction),     \
        FUNCTION(C_WaitForSlotEvent)

static CK_FUNCTION_LIST functions = {
    .version = {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR},
    FUNCTION(C_GetInfo),
    FUNCTIONS_2_BUT_GET_INFO,
};

static struct cryptoki3_functions functions_3 = {
    .version_2 =
        {
            .version = {CRYPTOKI3_VERSION_MAJOR, CRYPTOKI3_VERSION_MINOR},
            .C_GetInfo = get_info_3,
            FUNCTIONS_2_BUT_GET_INFO,
        },
    FUNCTION(C_GetInterfaceList),
    FUNCTION(C_GetInterface),
    FUNCTION(C_LoginUser),
    FUNCTION(C_SessionCancel),
    FUNCTION(C_MessageEncryptInit),
    FUNCTION(C_EncryptMessage),
    FUNCTION(C_EncryptMessageBegin),
    FUNCTION(C_EncryptMessageNext),
    FUNCTION(C_MessageEncryptFinal),
    FUNCTION(C_MessageDecryptInit),
    FUNCTION(C_DecryptMessage),
    FUNCTION(C_DecryptMessageBegin),
    FUNCTION(C_DecryptMessageNext),
    FUNCTION(C_MessageDecryptFinal),
    FUNCTION(C_MessageSignInit),
    FUNCTION(C_SignMessage),
    FUNCTION(C_SignMessageBegin),
    FUNCTION(C_SignMessageNext),
    FUNCTION(C_MessageSignFinal),
    FUNCTION(C_MessageVerifyInit),
    FUNCTION(C_VerifyMessage),
    FUNCTION(C_VerifyMessageBegin),
    FUNCTION(C_VerifyMessageNext),
    FUNCTION(C_MessageVerifyFinal),
};
#undef FUNCTIONS_2_BUT_GET_INFO
#undef FUNCTION

static_assert(offsetof(struct cryptoki3_functions, C_GetInterfaceList) == sizeof(CK_FUNCTION_LIST),
              "the list of 3.0 goes on where the one of 2.40 ends");

static CK_UTF8CHAR standard[] = "PKCS 11";

/* The first is the default. None has CKF_INTERFACE_FORK_SAFE, as a child begins uninitialised. */
static CK_INTERFACE interfaces[] = {
    {standard, &functions_3, 0},
    {standard, &functions, 0},
};

#define INTERFACES (sizeof interfaces / sizeof *interfaces)

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

static CK_RV get_info(CK_INFO *info, CK_VERSION version)
{
    if (info == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    *info = (CK_INFO){
        .cryptokiVersion = version,
        .libraryVersion = {PIRADI_VERSION_MAJOR, PIRADI_VERSION_MINOR},
    };
    module_put_text(info->manufacturerID, sizeof info->manufacturerID, "Piradi");
    module_put_text(info->libraryDescription, sizeof info->libraryDescription, "Georgian ID card");
    module_leave();
    return CKR_OK;
}

MODULE_EXPORT CK_RV C_GetInfo(CK_INFO *info)
{
    return get_info(info, functions.version);
}

static CK_RV get_info_3(CK_INFO *info)
{
    return get_info(info, functions_3.version_2.version);
}

MODULE_EXPORT CK_RV C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count)
{
    if (count == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_ULONG room = *count;
    *count = INTERFACES;
    if (list != NULL && room < INTERFACES) {
        return CKR_BUFFER_TOO_SMALL;
    }
    if (list != NULL) {
        memcpy(list, interfaces, sizeof interfaces);
    }
    return CKR_OK;
}

/* Every function list begins with its version. */
static bool is_wanted(const CK_INTERFACE *interface, const CK_UTF8CHAR *name,
                      const CK_VERSION *version, CK_FLAGS flags)
{
    const CK_VERSION *its = interface->pFunctionList;
    return (name == NULL || strcmp((const char *)name, (const char *)standard) == 0) &&
           (version == NULL || (version->major == its->major && version->minor == its->minor)) &&
           (flags & ~interface->flags) == 0;
}

MODULE_EXPORT CK_RV C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface,
                                   CK_FLAGS flags)
{
    if (interface == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    for (size_t i = 0; i < INTERFACES; i++) {
        if (is_wanted(&interfaces[i], name, version, flags)) {
            *interface = &interfaces[i];
            return CKR_OK;
        }
    }
    return CKR_ARGUMENTS_BAD;
}
