#include "tests/fuzz/application.h"

#include <string.h>

#include "base/ckr.h"
#include "tests/unit/pkcs11/fake_card.h"

#define SLOTS 2
#define OBJECTS_MAX 64
#define VALUE_MAX 8192
#define SIGNATURE_MAX 512
#define RANDOM_SIZE 16

struct application {
    CK_RV first_failure;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE objects[OBJECTS_MAX];
    CK_ULONG object_count;
    CK_OBJECT_HANDLE private_key;
    CK_OBJECT_HANDLE public_key;
    unsigned char signature[SIGNATURE_MAX];
    CK_ULONG signature_size;
};

static unsigned char message[] = "Georgia";

static bool is_ok(struct application *application, CK_RV rv)
{
    if (rv != CKR_OK && application->first_failure == CKR_OK) {
        application->first_failure = rv;
    }
    return rv == CKR_OK;
}

static void look_at_slot(struct application *application)
{
    CK_SLOT_INFO slot;
    CK_TOKEN_INFO token;
    CK_MECHANISM_TYPE mechanisms[64];
    CK_ULONG count = sizeof mechanisms / sizeof *mechanisms;
    is_ok(application, C_GetSlotInfo(application->slot, &slot));
    is_ok(application, C_GetTokenInfo(application->slot, &token));
    is_ok(application, C_GetMechanismList(application->slot, mechanisms, &count));
}

static void find_objects(struct application *application)
{
    application->object_count = 0;
    if (is_ok(application, C_FindObjectsInit(application->session, NULL, 0))) {
        is_ok(application, C_FindObjects(application->session, application->objects, OBJECTS_MAX,
                                         &application->object_count));
        is_ok(application, C_FindObjectsFinal(application->session));
    }
}

static void read_attribute(struct application *application, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_TYPE type)
{
    unsigned char value[VALUE_MAX];
    CK_ATTRIBUTE attribute = {type, value, sizeof value};
    CK_RV rv = C_GetAttributeValue(application->session, object, &attribute, 1);
    if (rv != CKR_ATTRIBUTE_TYPE_INVALID && rv != CKR_ATTRIBUTE_SENSITIVE) {
        is_ok(application, rv);
    }
}

static void read_object(struct application *application, CK_OBJECT_HANDLE object)
{
    static const CK_ATTRIBUTE_TYPE types[] = {
        CKA_CLASS,
        CKA_TOKEN,
        CKA_PRIVATE,
        CKA_LABEL,
        CKA_VALUE,
        CKA_ISSUER,
        CKA_SERIAL_NUMBER,
        CKA_CERTIFICATE_CATEGORY,
        CKA_KEY_TYPE,
        CKA_SUBJECT,
        CKA_ID,
        CKA_SENSITIVE,
        CKA_SIGN,
        CKA_MODULUS,
        CKA_MODULUS_BITS,
        CKA_PUBLIC_EXPONENT,
        CKA_START_DATE,
        CKA_EC_PARAMS,
        CKA_EC_POINT,
        CKA_PUBLIC_KEY_INFO,
        CKA_TRUSTED,
        CKA_CHECK_VALUE,
        CKA_ALWAYS_AUTHENTICATE,
        CKA_PIRADI_PIN_TRIES_LEFT,
    };
    CK_OBJECT_CLASS class = CKO_VENDOR_DEFINED;
    CK_ATTRIBUTE attribute = {CKA_CLASS, &class, sizeof class};
    CK_ULONG size = 0;
    is_ok(application, C_GetAttributeValue(application->session, object, &attribute, 1));
    is_ok(application, C_GetObjectSize(application->session, object, &size));
    if (class == CKO_PRIVATE_KEY) {
        application->private_key = object;
    } else if (class == CKO_PUBLIC_KEY) {
        application->public_key = object;
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        read_attribute(application, object, types[i]);
    }
}

static void read_objects(struct application *application)
{
    find_objects(application);
    for (CK_ULONG i = 0; i < application->object_count; i++) {
        read_object(application, application->objects[i]);
    }
}

static bool log_in(struct application *application, CK_USER_TYPE user)
{
    unsigned char pin[sizeof FAKE_PIN_AUTH];
    memcpy(pin, application->slot % SLOTS == 0 ? FAKE_PIN_AUTH : FAKE_PIN_SIGN, sizeof pin);
    return is_ok(application, C_Login(application->session, user, pin, sizeof pin - 1));
}

static void sign(struct application *application)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    application->signature_size = sizeof application->signature;
    if (is_ok(application,
              C_SignInit(application->session, &mechanism, application->private_key)) &&
        (application->slot % SLOTS == 0 || log_in(application, CKU_CONTEXT_SPECIFIC)) &&
        is_ok(application, C_SignUpdate(application->session, message, sizeof message))) {
        is_ok(application, C_SignFinal(application->session, application->signature,
                                       &application->signature_size));
    }
}

static void verify(struct application *application)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    if (is_ok(application,
              C_VerifyInit(application->session, &mechanism, application->public_key))) {
        is_ok(application, C_Verify(application->session, message, sizeof message,
                                    application->signature, application->signature_size));
    }
}

/* On the reader's pad, where nobody types. */
static void use_pad(struct application *application)
{
    CK_RV rv = C_Login(application->session, CKU_USER, NULL, 0);
    if (is_ok(application, rv == CKR_FUNCTION_REJECTED ? CKR_OK : rv)) {
        rv = C_SetPIN(application->session, NULL, 0, NULL, 0);
        is_ok(application, rv == CKR_SESSION_READ_ONLY ? CKR_OK : rv);
    }
}

static void use_session(struct application *application)
{
    unsigned char random[RANDOM_SIZE];
    read_objects(application);
    is_ok(application, C_GenerateRandom(application->session, random, sizeof random));
    use_pad(application);
    if (log_in(application, CKU_USER)) {
        read_objects(application);
        sign(application);
        verify(application);
        is_ok(application, C_Logout(application->session));
    }
}

static void use_slot(struct application *application)
{
    look_at_slot(application);
    if (is_ok(application, C_OpenSession(application->slot, CKF_SERIAL_SESSION, NULL, NULL,
                                         &application->session))) {
        use_session(application);
        is_ok(application, C_CloseSession(application->session));
    }
}

CK_RV application_run(void)
{
    struct application application = {.first_failure = CKR_OK};
    CK_SLOT_ID slots[SLOTS];
    CK_ULONG count = SLOTS;
    if (!is_ok(&application, C_Initialize(NULL))) {
        return application.first_failure;
    }
    if (is_ok(&application, C_GetSlotList(CK_FALSE, slots, &count))) {
        for (CK_ULONG i = 0; i < count; i++) {
            application.slot = slots[i];
            use_slot(&application);
        }
    }
    is_ok(&application, C_Finalize(NULL));
    return application.first_failure;
}
