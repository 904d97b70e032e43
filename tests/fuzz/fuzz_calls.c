/*
 * Calls of an application that has never read the standard: each input is a row of them, with
 * handles, pointers and sizes of its choice, on a good card. A pointer is NULL or good.
 */
#include <stdlib.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

#include "base/buffer.h"
#include "pkcs11/cryptoki3.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hostile_pcsc.h"
#include "tests/unit/pkcs11/fake_card.h"

#define CALLS_MAX 64
#define SESSIONS 4
#define OBJECTS 16
#define ROOM 4096
#define TEMPLATE_MAX 4
#define MECHANISMS 16

struct caller {
    struct reader input;
    CK_SESSION_HANDLE sessions[SESSIONS];
    CK_OBJECT_HANDLE objects[OBJECTS];
    CK_ULONG object_count;
    CK_SESSION_HANDLE session; /* of this call */
    CK_OBJECT_HANDLE object;
    unsigned char *bytes; /* ROOM of them, or NULL */
    CK_ULONG size;
    unsigned char room[ROOM];
};

static uint8_t take(struct caller *caller)
{
    uint8_t value = 0;
    return get_u8(&caller->input, &value) ? value : 0;
}

/* Mostly a handle that there is. */
static CK_ULONG take_handle(struct caller *caller, const CK_ULONG *handles, size_t count)
{
    uint8_t choice = take(caller);
    return choice < 0xF0 ? handles[choice % count] : (CK_ULONG)choice << (choice & 7) * 8;
}

static CK_ULONG take_size(struct caller *caller)
{
    static const CK_ULONG sizes[] = {0, 1, 6, 20, 32, 48, 64, 256, 255, 384, 512, ROOM};
    return sizes[take(caller) % (sizeof sizes / sizeof *sizes)];
}

static void take_arguments(struct caller *caller)
{
    caller->session = take_handle(caller, caller->sessions, SESSIONS);
    caller->object = take_handle(caller, caller->objects, OBJECTS);
    caller->size = take_size(caller);
    caller->bytes = take(caller) % 8 != 0 ? caller->room : NULL;
    if (caller->bytes == NULL) {
        caller->size = 0;
    }
}

static CK_MECHANISM *take_mechanism(struct caller *caller, CK_MECHANISM *mechanism)
{
    static const CK_MECHANISM_TYPE types[MECHANISMS] = {
        CKM_RSA_PKCS,        CKM_SHA256_RSA_PKCS,
        CKM_SHA384_RSA_PKCS, CKM_SHA512_RSA_PKCS,
        CKM_ECDSA,           CKM_ECDSA_SHA256,
        CKM_SHA256,          CKM_SHA512,
        CKM_RSA_PKCS_PSS,    CKM_SHA256_RSA_PKCS_PSS,
        CKM_SHA_1,           CKM_RSA_X_509,
        CKM_SHA512_RSA_PKCS, CKM_SHA384,
        CKM_ECDSA_SHA384,    CKM_VENDOR_DEFINED};
    static CK_RSA_PKCS_PSS_PARAMS pss;
    uint8_t choice = take(caller);
    pss = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA256, take(caller) % 3, take_size(caller)};
    *mechanism = (CK_MECHANISM){types[choice % MECHANISMS], NULL, 0};
    if ((choice & 0x20) != 0) {
        mechanism->pParameter = &pss;
        mechanism->ulParameterLen = (choice & 0x40) != 0 ? sizeof pss : 1;
    }
    return (choice & 0x80) != 0 ? NULL : mechanism;
}

/* Its values are parts of the room. */
static CK_ULONG take_template(struct caller *caller, CK_ATTRIBUTE template[TEMPLATE_MAX])
{
    static const CK_ATTRIBUTE_TYPE types[] = {
        CKA_CLASS,   CKA_TOKEN,        CKA_LABEL,   CKA_VALUE,           CKA_ID,
        CKA_MODULUS, CKA_MODULUS_BITS, CKA_SUBJECT, CKA_SERIAL_NUMBER,   CKA_KEY_TYPE,
        CKA_ISSUER,  CKA_SIGN,         CKA_PRIVATE, CKA_PUBLIC_EXPONENT, CKA_VENDOR_DEFINED,
        CKA_EC_POINT};
    CK_ULONG count = take(caller) % (TEMPLATE_MAX + 1);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ULONG part = ROOM / TEMPLATE_MAX;
        template[i] = (CK_ATTRIBUTE){types[take(caller) % (sizeof types / sizeof *types)],
                                     caller->room + i * part, take_size(caller) % (part + 1)};
        if (take(caller) % 4 == 0) {
            template[i].pValue = NULL;
        }
        if (take(caller) % 2 == 0) {
            template[i].ulValueLen = sizeof(CK_ULONG);
            memset(caller->room + i * part, 0, sizeof(CK_ULONG));
            caller->room[i * part] = take(caller) % 5;
        }
    }
    return count;
}

static void take_pin(struct caller *caller)
{
    static const char *const pins[] = {FAKE_PIN_AUTH, FAKE_PIN_SIGN, FAKE_PIN_AUTH, FAKE_PIN_SIGN,
                                       "000000"};
    uint8_t choice = take(caller);
    if (caller->bytes != NULL && choice < 0xC0) {
        memcpy(caller->room, pins[choice % 5], 6);
        caller->size = 6;
    }
}

static void call_slot(struct caller *caller, uint8_t choice)
{
    CK_SLOT_ID slots[8];
    CK_SLOT_ID slot = take(caller) % 4;
    CK_ULONG count = take(caller) % 9;
    CK_MECHANISM_TYPE mechanisms[32];
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token_info;
    CK_MECHANISM_INFO mechanism_info;
    CK_MECHANISM mechanism;
    bool null = take(caller) % 8 == 0;
    switch (choice % 6) {
    case 0:
        C_GetSlotList((CK_BBOOL)(count % 2), null ? NULL : slots, &count);
        break;
    case 1:
        C_GetSlotInfo(slot, null ? NULL : &slot_info);
        break;
    case 2:
        C_GetTokenInfo(slot, null ? NULL : &token_info);
        break;
    case 3:
        count *= 4;
        count = count > 32 ? 32 : count;
        C_GetMechanismList(slot, null ? NULL : mechanisms, &count);
        break;
    case 4:
        (void)take_mechanism(caller, &mechanism);
        C_GetMechanismInfo(slot, mechanism.mechanism, null ? NULL : &mechanism_info);
        break;
    default:
        C_WaitForSlotEvent(CKF_DONT_BLOCK, null ? NULL : &slot, NULL);
        break;
    }
}

static void call_session(struct caller *caller, uint8_t choice)
{
    CK_SESSION_INFO info;
    uint8_t which = take(caller);
    switch (choice % 7) {
    case 0:
    case 1:
        C_OpenSession(which % 3, CKF_SERIAL_SESSION | (which & 0x80 ? CKF_RW_SESSION : 0), NULL,
                      NULL, which % 16 == 15 ? NULL : &caller->sessions[(which >> 2) % SESSIONS]);
        break;
    case 2:
        C_CloseSession(caller->session);
        break;
    case 3:
        C_CloseAllSessions(which % 3);
        break;
    case 4:
        C_GetSessionInfo(caller->session, which % 8 == 0 ? NULL : &info);
        break;
    case 5:
        take_pin(caller);
        C_Login(caller->session, which % 4, caller->bytes, caller->size);
        break;
    default:
        C_Logout(caller->session);
        break;
    }
}

static void call_object(struct caller *caller, uint8_t choice)
{
    CK_ATTRIBUTE template[TEMPLATE_MAX];
    CK_ULONG count = take_template(caller, template);
    CK_ULONG found = 0;
    switch (choice % 6) {
    case 0:
        C_FindObjectsInit(caller->session, count == 0 ? NULL : template, count);
        break;
    case 1:
    case 2:
        C_FindObjects(caller->session, caller->objects, take(caller) % (OBJECTS + 1), &found);
        break;
    case 3:
        C_FindObjectsFinal(caller->session);
        break;
    case 4:
        C_GetAttributeValue(caller->session, caller->object, count == 0 ? NULL : template, count);
        break;
    default:
        C_GetObjectSize(caller->session, caller->object, take(caller) % 8 == 0 ? NULL : &found);
        break;
    }
}

static void call_sign(struct caller *caller, uint8_t choice)
{
    CK_MECHANISM mechanism;
    unsigned char signature[ROOM];
    CK_ULONG size = take_size(caller);
    bool null = take(caller) % 4 == 0;
    switch (choice % 6) {
    case 0:
    case 1:
        C_SignInit(caller->session, take_mechanism(caller, &mechanism), caller->object);
        break;
    case 2:
        C_Sign(caller->session, caller->bytes, caller->size, null ? NULL : signature, &size);
        break;
    case 3:
        C_SignUpdate(caller->session, caller->bytes, caller->size);
        break;
    case 4:
        C_SignFinal(caller->session, null ? NULL : signature, &size);
        break;
    default:
        C_Sign(caller->session, caller->bytes, caller->size, signature, NULL);
        break;
    }
}

static void call_verify(struct caller *caller, uint8_t choice)
{
    CK_MECHANISM mechanism;
    unsigned char signature[ROOM] = {1};
    CK_ULONG size = take_size(caller);
    switch (choice % 5) {
    case 0:
    case 1:
        C_VerifyInit(caller->session, take_mechanism(caller, &mechanism), caller->object);
        break;
    case 2:
        C_Verify(caller->session, caller->bytes, caller->size, signature, size);
        break;
    case 3:
        C_VerifyUpdate(caller->session, caller->bytes, caller->size);
        break;
    default:
        C_VerifyFinal(caller->session, signature, size);
        break;
    }
}

static void call_digest(struct caller *caller, uint8_t choice)
{
    CK_MECHANISM mechanism;
    unsigned char digest[64];
    CK_ULONG size = take(caller) % (sizeof digest + 1);
    bool null = take(caller) % 4 == 0;
    switch (choice % 6) {
    case 0:
        C_DigestInit(caller->session, take_mechanism(caller, &mechanism));
        break;
    case 1:
        C_Digest(caller->session, caller->bytes, caller->size, null ? NULL : digest, &size);
        break;
    case 2:
        C_DigestUpdate(caller->session, caller->bytes, caller->size);
        break;
    case 3:
        C_DigestFinal(caller->session, null ? NULL : digest, &size);
        break;
    case 4:
        C_GenerateRandom(caller->session, caller->bytes, caller->size);
        break;
    default:
        C_SeedRandom(caller->session, caller->bytes, caller->size);
        break;
    }
}

static void call_pin(struct caller *caller, uint8_t choice)
{
    unsigned char changed[6];
    CK_INFO info;
    memcpy(changed, take(caller) % 2 == 0 ? FAKE_PIN_AUTH : FAKE_PIN_SIGN, sizeof changed);
    take_pin(caller);
    switch (choice % 4) {
    case 0:
        C_SetPIN(caller->session, caller->bytes, caller->size,
                 caller->bytes != NULL ? changed : NULL, sizeof changed);
        break;
    case 1:
        C_InitPIN(caller->session, caller->bytes, caller->size);
        break;
    case 2:
        C_GetInfo(take(caller) % 8 == 0 ? NULL : &info);
        break;
    default:
        C_Finalize(NULL);
        C_Initialize(NULL);
        break;
    }
}

/* Those that make no sense on this card, and those of version 3.0. */
static void call_refused(struct caller *caller, uint8_t choice)
{
    CK_MECHANISM mechanism;
    CK_MECHANISM *wanted = take_mechanism(caller, &mechanism);
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG size = take_size(caller);
    CK_INTERFACE *interface;
    switch (choice % 13) {
    case 0:
        C_EncryptInit(caller->session, wanted, caller->object);
        break;
    case 1:
        C_DecryptInit(caller->session, wanted, caller->object);
        break;
    case 2:
        C_GenerateKey(caller->session, wanted, NULL, 0, &object);
        break;
    case 3:
        C_CreateObject(caller->session, NULL, 0, &object);
        break;
    case 4:
        C_DestroyObject(caller->session, caller->object);
        break;
    case 5:
        C_SignRecoverInit(caller->session, wanted, caller->object);
        break;
    case 6:
        C_GetOperationState(caller->session, caller->bytes, &size);
        break;
    case 7:
        C_DigestKey(caller->session, caller->object);
        break;
    case 8:
        C_SessionCancel(caller->session, size << take(caller) % 16);
        break;
    case 9:
        C_LoginUser(caller->session, CKU_USER, caller->bytes, caller->size, NULL, size);
        break;
    case 10:
        C_MessageSignInit(caller->session, wanted, caller->object);
        break;
    case 11:
        C_GetInterface(NULL, NULL, size == 0 ? NULL : &interface, size);
        break;
    default:
        C_GetFunctionStatus(caller->session);
        break;
    }
}

static void call(struct caller *caller)
{
    static void (*const kinds[])(struct caller *, uint8_t) = {
        call_slot, call_session, call_session, call_object, call_object,  call_sign,
        call_sign, call_verify,  call_digest,  call_pin,    call_refused,
    };
    uint8_t kind = take(caller);
    uint8_t choice = take(caller);
    take_arguments(caller);
    kinds[kind % (sizeof kinds / sizeof *kinds)](caller, choice);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct caller caller = {.input = reader_of(bytes, size)};
    hostile_begin(NULL, 0);
    if (C_Initialize(NULL) != CKR_OK) {
        abort();
    }
    for (int i = 0; i < CALLS_MAX && caller.input.left > 0; i++) {
        call(&caller);
    }
    C_Finalize(NULL);
    return 0;
}
