/* The module through its C_ functions, over the fake reader. */
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/ckr.h"
#include "pkcs11/cryptoki3.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/pkcs11/fake_card.h"
#include "tests/unit/pkcs11/fake_pcsc.h"

#define SLOT_AUTH 0
#define SLOT_SIGN 1
#define SIGNATURE_SIZE 256
#define OPEN_FLAGS (CKF_SERIAL_SESSION | CKF_RW_SESSION)

static unsigned char message[] = "Georgia";

static int begin(void **state)
{
    (void)state;
    fake_begin();
    return C_Initialize(NULL) == CKR_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return C_Finalize(NULL) == CKR_OK && !fake_is_taken() && !fake_is_verified() ? 0 : -1;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *pin)
{
    unsigned char bytes[64];
    size_t size = strlen(pin);
    memcpy(bytes, pin, size);
    return C_Login(session, user, bytes, size);
}

static CK_RV find_key(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *key)
{
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_ULONG count = 0;
    CK_RV rv = C_FindObjectsInit(session, &template, 1);
    if (rv == CKR_OK) {
        rv = C_FindObjects(session, key, 1, &count);
    }
    if (rv == CKR_OK) {
        rv = C_FindObjectsFinal(session);
    }
    return rv == CKR_OK && count != 1 ? CKR_KEY_HANDLE_INVALID : rv;
}

static CK_RV sign(CK_SESSION_HANDLE session, const char *pin_again, unsigned char *signature)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_OBJECT_HANDLE key;
    CK_ULONG size = SIGNATURE_SIZE;
    CK_RV rv = find_key(session, CKO_PRIVATE_KEY, &key);
    if (rv == CKR_OK) {
        rv = C_SignInit(session, &mechanism, key);
    }
    if (rv == CKR_OK && pin_again != NULL) {
        rv = login(session, CKU_CONTEXT_SPECIFIC, pin_again);
    }
    if (rv == CKR_OK) {
        rv = C_Sign(session, message, sizeof message, signature, &size);
    }
    return rv == CKR_OK && size != SIGNATURE_SIZE ? CKR_SIGNATURE_LEN_RANGE : rv;
}

static CK_RV read_certificate(CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE certificate;
    CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_ULONG count = 0;
    CK_RV rv = C_FindObjectsInit(session, &template, 1);
    if (rv == CKR_OK) {
        rv = C_FindObjects(session, &certificate, 1, &count);
    }
    if (rv == CKR_OK) {
        rv = C_FindObjectsFinal(session);
    }
    return rv == CKR_OK && count == 1 ? C_GetAttributeValue(session, certificate, &value, 1) : rv;
}

/* All that an application does for a signature. */
static CK_RV whole_operation(CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session;
    unsigned char signature[SIGNATURE_SIZE];
    const char *pin = slot == SLOT_AUTH ? FAKE_PIN_AUTH : FAKE_PIN_SIGN;
    CK_RV rv = C_OpenSession(slot, OPEN_FLAGS, NULL, NULL, &session);
    if (rv == CKR_OK) {
        rv = read_certificate(session);
    }
    if (rv == CKR_OK) {
        rv = login(session, CKU_USER, pin);
    }
    if (rv == CKR_OK) {
        rv = sign(session, slot == SLOT_SIGN ? pin : NULL, signature);
    }
    if (rv == CKR_OK) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, fake_card_key(slot == SLOT_SIGN));
        assert_int_equal(
            EVP_DigestVerify(context, signature, sizeof signature, message, sizeof message), 1);
        EVP_MD_CTX_free(context);
        rv = C_CloseSession(session);
    }
    return rv;
}

static CK_SESSION_HANDLE open_session(CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session;
    assert_int_equal(C_OpenSession(slot, OPEN_FLAGS, NULL, NULL, &session), CKR_OK);
    return session;
}

static void signs_with_both_keys(void **state)
{
    (void)state;
    assert_int_equal(whole_operation(SLOT_AUTH), CKR_OK);
    assert_int_equal(whole_operation(SLOT_SIGN), CKR_OK);
    assert_false(fake_is_verified());
    assert_false(fake_is_taken());
}

static void a_logout_resets_the_card(void **state)
{
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    assert_true(fake_is_verified());
    assert_true(fake_is_taken());
    assert_int_equal(C_Logout(session), CKR_OK);
    assert_false(fake_is_verified());
    assert_int_equal(C_Logout(session), CKR_USER_NOT_LOGGED_IN);
}

static void the_last_session_takes_the_login_with_it(void **state)
{
    CK_SESSION_HANDLE first = open_session(SLOT_AUTH);
    CK_SESSION_HANDLE second = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(login(first, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    assert_int_equal(login(second, CKU_USER, FAKE_PIN_AUTH), CKR_USER_ALREADY_LOGGED_IN);
    assert_int_equal(C_CloseSession(first), CKR_OK);
    assert_true(fake_is_verified());
    assert_int_equal(C_CloseSession(second), CKR_OK);
    assert_false(fake_is_verified());
}

static CK_FLAGS flags_of(CK_SLOT_ID slot)
{
    CK_TOKEN_INFO info;
    assert_int_equal(C_GetTokenInfo(slot, &info), CKR_OK);
    return info.flags;
}

static void a_wrong_pin_is_told_to_the_end(void **state)
{
    static const CK_FLAGS expected[] = {CKF_USER_PIN_COUNT_LOW,
                                        CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY,
                                        CKF_USER_PIN_LOCKED};
    const CK_FLAGS all = CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED;
    (void)state;
    for (CK_SLOT_ID slot = 0; slot < 2; slot++) {
        CK_SESSION_HANDLE session = open_session(slot);
        assert_int_equal(flags_of(slot) & all, 0);
        for (int i = 0; i < FAKE_TRIES; i++) {
            assert_int_equal(login(session, CKU_USER, "000000"),
                             i < FAKE_TRIES - 1 ? CKR_PIN_INCORRECT : CKR_PIN_LOCKED);
            assert_int_equal(flags_of(slot) & all, expected[i]);
        }
        assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_PIN_LOCKED);
    }
}

static void no_try_is_spent_on_what_cannot_be_a_pin(void **state)
{
    static const char *const wrong[] = {"", "1", "12345", "1234567", "12345a", "12 456"};
    (void)state;
    for (CK_SLOT_ID slot = 0; slot < 2; slot++) {
        CK_SESSION_HANDLE session = open_session(slot);
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            assert_int_equal(login(session, CKU_USER, wrong[i]), CKR_PIN_LEN_RANGE);
        }
    }
    assert_int_equal(fake_verifies(), 0);
}

static CK_RV set_pin(CK_SESSION_HANDLE session, const char *old_pin, const char *new_pin)
{
    unsigned char old_bytes[64];
    unsigned char new_bytes[64];
    memcpy(old_bytes, old_pin, strlen(old_pin));
    memcpy(new_bytes, new_pin, strlen(new_pin));
    return C_SetPIN(session, old_bytes, strlen(old_pin), new_bytes, strlen(new_pin));
}

static CK_RV init_pin(CK_SESSION_HANDLE session, const char *pin)
{
    unsigned char bytes[64];
    memcpy(bytes, pin, strlen(pin));
    return C_InitPIN(session, bytes, strlen(pin));
}

static CK_STATE state_of(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    assert_int_equal(C_GetSessionInfo(session, &info), CKR_OK);
    return info.state;
}

static void block(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *wrong)
{
    int tries = user == CKU_SO ? FAKE_PUK_TRIES : FAKE_TRIES;
    for (int i = 0; i < tries; i++) {
        assert_int_equal(login(session, user, wrong),
                         i < tries - 1 ? CKR_PIN_INCORRECT : CKR_PIN_LOCKED);
    }
}

static void a_transport_pin_is_not_tried(void **state)
{
    (void)state;
    fake_card_begin_transport();
    CK_SESSION_HANDLE session = open_session(SLOT_SIGN);
    assert_true(flags_of(SLOT_SIGN) & CKF_USER_PIN_TO_BE_CHANGED);
    assert_false(flags_of(SLOT_AUTH) & CKF_USER_PIN_TO_BE_CHANGED);
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_SIGN), CKR_PIN_EXPIRED);
    assert_int_equal(fake_verifies(), 0);
}

static void a_transport_pin_sets_the_pin_once(void **state)
{
    (void)state;
    fake_card_begin_transport();
    CK_SESSION_HANDLE session = open_session(SLOT_SIGN);
    assert_int_equal(set_pin(session, FAKE_PIN_SIGN, "111111"), CKR_PIN_LEN_RANGE);
    assert_int_equal(set_pin(session, "00000", "111111"), CKR_PIN_INCORRECT);
    assert_int_equal(set_pin(session, FAKE_TRANSPORT_PIN, "11111"), CKR_PIN_LEN_RANGE);
    assert_int_equal(set_pin(session, FAKE_TRANSPORT_PIN, "111111"), CKR_OK);
    assert_false(flags_of(SLOT_SIGN) & CKF_USER_PIN_TO_BE_CHANGED);
    assert_true(flags_of(SLOT_SIGN) & CKF_USER_PIN_INITIALIZED);
    assert_int_equal(set_pin(session, FAKE_TRANSPORT_PIN, "222222"), CKR_PIN_LEN_RANGE);
    assert_int_equal(login(session, CKU_USER, "111111"), CKR_OK);
}

static void a_pin_is_changed(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    (void)state;
    for (CK_SLOT_ID slot = 0; slot < 2; slot++) {
        const char *pin = slot == SLOT_AUTH ? FAKE_PIN_AUTH : FAKE_PIN_SIGN;
        CK_SESSION_HANDLE session = open_session(slot);
        assert_int_equal(set_pin(session, pin, "12345"), CKR_PIN_LEN_RANGE);
        assert_int_equal(set_pin(session, FAKE_PUK, "111111"), CKR_PIN_LEN_RANGE);
        assert_int_equal(set_pin(session, "000000", "111111"), CKR_PIN_INCORRECT);
        assert_true(flags_of(slot) & CKF_USER_PIN_COUNT_LOW);
        assert_int_equal(set_pin(session, pin, "111111"), CKR_OK);
        assert_false(fake_is_taken());
        assert_int_equal(login(session, CKU_USER, pin), CKR_PIN_INCORRECT);
        assert_int_equal(login(session, CKU_USER, "111111"), CKR_OK);
        assert_int_equal(set_pin(session, "111111", "222222"), CKR_OK);
        assert_false(fake_is_verified());
        assert_int_equal(sign(session, slot == SLOT_SIGN ? "222222" : NULL, signature), CKR_OK);
    }
}

static void a_pin_is_changed_only_in_a_session_that_may_write(void **state)
{
    CK_SESSION_HANDLE session;
    unsigned char pin[] = FAKE_PIN_AUTH;
    (void)state;
    assert_int_equal(C_OpenSession(SLOT_AUTH, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
    assert_int_equal(set_pin(session, FAKE_PIN_AUTH, "111111"), CKR_SESSION_READ_ONLY);
    assert_int_equal(C_SetPIN(session, NULL, 0, pin, 6), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_SetPIN(session, pin, 6, NULL, 6), CKR_ARGUMENTS_BAD);
    assert_int_equal(login(session, CKU_SO, FAKE_PUK), CKR_SESSION_READ_ONLY_EXISTS);
}

static void the_puk_unblocks(void **state)
{
    (void)state;
    for (CK_SLOT_ID slot = 0; slot < 2; slot++) {
        CK_SESSION_HANDLE session = open_session(slot);
        block(session, CKU_USER, "000000");
        assert_true(flags_of(slot) & CKF_USER_PIN_LOCKED);
        assert_int_equal(init_pin(session, "111111"), CKR_USER_NOT_LOGGED_IN);
        assert_int_equal(login(session, CKU_SO, "00000000"), CKR_PIN_INCORRECT);
        assert_true(flags_of(slot) & CKF_SO_PIN_COUNT_LOW);
        assert_int_equal(login(session, CKU_SO, FAKE_PUK), CKR_OK);
        assert_false(fake_is_verified());
        assert_int_equal(state_of(session), CKS_RW_SO_FUNCTIONS);
        assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH),
                         CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
        assert_int_equal(init_pin(session, "11111"), CKR_PIN_LEN_RANGE);
        assert_int_equal(init_pin(session, "111111"), CKR_OK);
        assert_false(fake_is_taken());
        assert_int_equal(C_Logout(session), CKR_OK);
        assert_int_equal(init_pin(session, "222222"), CKR_USER_NOT_LOGGED_IN);
        assert_int_equal(flags_of(slot) & (CKF_USER_PIN_LOCKED | CKF_SO_PIN_COUNT_LOW), 0);
        assert_int_equal(login(session, CKU_USER, "111111"), CKR_OK);
    }
}

/* As pkcs11-tool --unlock-pin does: nobody is logged in, and the PIN is blocked. */
static void the_puk_unblocks_in_place_of_an_old_pin(void **state)
{
    CK_SESSION_HANDLE session = open_session(SLOT_SIGN);
    (void)state;
    block(session, CKU_USER, "000000");
    assert_int_equal(set_pin(session, FAKE_PIN_SIGN, "111111"), CKR_PIN_LEN_RANGE);
    assert_int_equal(set_pin(session, "00000000", "111111"), CKR_PIN_INCORRECT);
    assert_int_equal(set_pin(session, FAKE_PUK, "111111"), CKR_OK);
    assert_int_equal(login(session, CKU_USER, "111111"), CKR_OK);
}

static void a_blocked_puk_is_told_apart(void **state)
{
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    block(session, CKU_SO, "00000000");
    assert_true(flags_of(SLOT_AUTH) & CKF_SO_PIN_LOCKED);
    assert_true(flags_of(SLOT_SIGN) & CKF_SO_PIN_LOCKED);
    assert_false(flags_of(SLOT_AUTH) & CKF_USER_PIN_LOCKED);
    assert_int_equal(login(session, CKU_SO, FAKE_PUK), CKR_PIN_LOCKED);
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
}

static void the_puk_itself_is_changed_by_who_knows_it(void **state)
{
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    CK_SESSION_HANDLE reading;
    (void)state;
    assert_int_equal(login(session, CKU_SO, FAKE_PUK), CKR_OK);
    assert_int_equal(C_OpenSession(SLOT_AUTH, CKF_SERIAL_SESSION, NULL, NULL, &reading),
                     CKR_SESSION_READ_WRITE_SO_EXISTS);
    assert_int_equal(set_pin(session, FAKE_PUK, "111111"), CKR_PIN_LEN_RANGE);
    assert_int_equal(set_pin(session, "00000000", "87654321"), CKR_PIN_INCORRECT);
    assert_int_equal(set_pin(session, FAKE_PUK, "87654321"), CKR_OK);
    assert_int_equal(init_pin(session, "111111"), CKR_OK);
    assert_int_equal(C_Logout(session), CKR_OK);
    assert_int_equal(login(session, CKU_USER, "111111"), CKR_OK);
}

/* Two tokens, one card: neither login is at the other's cost. */
static void the_puk_of_one_token_leaves_the_others_login(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    CK_SESSION_HANDLE auth = open_session(SLOT_AUTH);
    CK_SESSION_HANDLE other = open_session(SLOT_SIGN);
    (void)state;
    assert_int_equal(login(auth, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    assert_int_equal(login(other, CKU_SO, FAKE_PUK), CKR_OK);
    assert_int_equal(init_pin(other, "111111"), CKR_OK);
    assert_int_equal(C_Logout(other), CKR_OK);
    assert_int_equal(sign(auth, NULL, signature), CKR_OK);
}

static void the_signature_key_asks_for_each_signature(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    CK_SESSION_HANDLE session = open_session(SLOT_SIGN);
    (void)state;
    assert_int_equal(login(session, CKU_CONTEXT_SPECIFIC, FAKE_PIN_SIGN),
                     CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_SIGN), CKR_OK);
    assert_int_equal(sign(session, NULL, signature), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(sign(session, FAKE_PIN_SIGN, signature), CKR_OK);
    assert_int_equal(sign(session, NULL, signature), CKR_USER_NOT_LOGGED_IN);
}

static void the_authentication_key_signs_many_times(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign(session, NULL, signature), CKR_OK);
        fake_wait_until_released();
        assert_false(fake_is_verified());
    }
}

static void private_keys_are_seen_while_the_holder_is_logged_in(void **state)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BBOOL private = CK_FALSE;
    CK_ATTRIBUTE attribute = {CKA_PRIVATE, &private, sizeof private};
    CK_ULONG size;
    CK_OBJECT_HANDLE key;
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(find_key(session, CKO_PUBLIC_KEY, &key), CKR_OK);
    assert_int_equal(find_key(session, CKO_PRIVATE_KEY, &key), CKR_KEY_HANDLE_INVALID);
    assert_int_equal(login(session, CKU_SO, FAKE_PUK), CKR_OK);
    assert_int_equal(find_key(session, CKO_PRIVATE_KEY, &key), CKR_KEY_HANDLE_INVALID);
    assert_int_equal(C_Logout(session), CKR_OK);
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    assert_int_equal(find_key(session, CKO_PRIVATE_KEY, &key), CKR_OK);
    assert_int_equal(C_GetAttributeValue(session, key, &attribute, 1), CKR_OK);
    assert_true(private);
    assert_int_equal(C_Logout(session), CKR_OK);
    assert_int_equal(C_GetAttributeValue(session, key, &attribute, 1), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(C_GetObjectSize(session, key, &size), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(C_SignInit(session, &mechanism, key), CKR_USER_NOT_LOGGED_IN);
}

static void a_pin_is_typed_on_the_readers_pad(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    (void)state;
    fake_type(FAKE_PIN_AUTH, NULL, 0);
    assert_true(flags_of(SLOT_AUTH) & CKF_PROTECTED_AUTHENTICATION_PATH);
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    assert_int_equal(C_Login(session, CKU_USER, NULL, 0), CKR_OK);
    unsigned verifies = fake_verifies();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign(session, NULL, signature), CKR_OK);
        assert_true(fake_is_verified());
    }
    assert_int_equal(fake_verifies(), verifies);
    assert_int_equal(C_Logout(session), CKR_OK);
    assert_false(fake_is_verified());
    fake_type("000000", NULL, 0);
    assert_int_equal(C_Login(session, CKU_USER, NULL, 0), CKR_PIN_INCORRECT);
    fake_type(NULL, NULL, 0x6400);
    assert_int_equal(C_Login(session, CKU_USER, NULL, 0), CKR_FUNCTION_REJECTED);
    fake_type(NULL, NULL, 0x6401);
    assert_int_equal(C_Login(session, CKU_USER, NULL, 0), CKR_FUNCTION_CANCELED);
    fake_type(NULL, NULL, 0x6403);
    assert_int_equal(C_Login(session, CKU_USER, NULL, 0), CKR_PIN_LEN_RANGE);
}

static void pins_are_changed_on_the_readers_pad(void **state)
{
    CK_SESSION_HANDLE session = open_session(SLOT_SIGN);
    (void)state;
    assert_int_equal(C_SetPIN(session, NULL, 0, NULL, 0), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_CloseSession(session), CKR_OK);
    fake_remove();
    fake_insert();
    fake_type(FAKE_PIN_SIGN, "111111", 0);
    session = open_session(SLOT_SIGN);
    assert_int_equal(C_SetPIN(session, NULL, 0, NULL, 0), CKR_OK);
    fake_type(FAKE_PUK, NULL, 0);
    assert_int_equal(C_InitPIN(session, NULL, 0), CKR_USER_NOT_LOGGED_IN);
    assert_int_equal(C_Login(session, CKU_SO, NULL, 0), CKR_OK);
    fake_type(FAKE_PUK, "222222", 0);
    assert_int_equal(C_InitPIN(session, NULL, 0), CKR_OK);
    assert_int_equal(C_Logout(session), CKR_OK);
    assert_int_equal(login(session, CKU_USER, "222222"), CKR_OK);
    fake_type(NULL, NULL, 0x6402);
    assert_int_equal(C_SetPIN(session, NULL, 0, NULL, 0), CKR_PIN_LEN_RANGE);
}

static void a_reader_without_a_pad_needs_a_pin(void **state)
{
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_false(flags_of(SLOT_AUTH) & CKF_PROTECTED_AUTHENTICATION_PATH);
    assert_int_equal(C_Login(session, CKU_USER, NULL, 0), CKR_ARGUMENTS_BAD);
}

static void an_operation_can_be_given_up(void **state)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_MECHANISM digest = {CKM_SHA256, NULL, 0};
    CK_OBJECT_HANDLE key;
    CK_SESSION_HANDLE session = open_session(SLOT_SIGN);
    (void)state;
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_SIGN), CKR_OK);
    assert_int_equal(find_key(session, CKO_PRIVATE_KEY, &key), CKR_OK);
    assert_int_equal(C_SignInit(session, NULL, key), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_SignInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(login(session, CKU_CONTEXT_SPECIFIC, FAKE_PIN_SIGN), CKR_OK);
    assert_true(fake_is_verified());
    assert_int_equal(C_SignInit(session, NULL, key), CKR_OK);
    assert_false(fake_is_verified());
    assert_int_equal(C_SignInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_DigestInit(session, &digest), CKR_OK);
    assert_int_equal(C_FindObjectsInit(session, NULL, 0), CKR_OK);
    assert_int_equal(C_SessionCancel(session, CKF_SIGN | CKF_FIND_OBJECTS), CKR_OK);
    assert_int_equal(C_SignInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    assert_int_equal(C_DigestInit(session, &digest), CKR_OPERATION_ACTIVE);
    assert_int_equal(C_DigestInit(session, NULL), CKR_OK);
    assert_int_equal(C_SessionCancel(session, CKF_DIGEST | CKF_VERIFY), CKR_OK);
    assert_int_equal(C_SessionCancel(0, CKF_SIGN), CKR_SESSION_HANDLE_INVALID);
}

static void nobody_has_a_name(void **state)
{
    unsigned char pin[] = FAKE_PIN_AUTH;
    unsigned char name[] = "Nino";
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(C_LoginUser(session, CKU_USER, pin, sizeof pin - 1, name, sizeof name - 1),
                     CKR_ARGUMENTS_BAD);
    assert_int_equal(C_LoginUser(session, CKU_USER, pin, sizeof pin - 1, NULL, 0), CKR_OK);
    assert_int_equal(C_LoginUser(session, CKU_USER, pin, sizeof pin - 1, NULL, 0),
                     CKR_USER_ALREADY_LOGGED_IN);
}

static void a_card_pulled_at_any_command_is_told_so(void **state)
{
    (void)state;
    for (CK_SLOT_ID slot = 0; slot < 2; slot++) {
        fake_remove();
        fake_insert();
        unsigned before = fake_commands();
        assert_int_equal(whole_operation(slot), CKR_OK);
        unsigned count = fake_commands() - before;
        for (unsigned i = 1; i <= count; i++) {
            fake_remove();
            fake_insert();
            fake_remove_at(i);
            assert_int_equal(whole_operation(slot), CKR_DEVICE_REMOVED);
            assert_int_equal(whole_operation(slot), CKR_TOKEN_NOT_PRESENT);
            fake_insert();
            assert_int_equal(whole_operation(slot), CKR_OK);
        }
    }
}

/* Whatever a card answers at any point, it can at worst fail its own operation (C1). */
static void any_answer_at_any_command_is_survived(void **state)
{
    static uint8_t long_answer[65538];
    static const uint8_t status[] = {0x6F, 0x00};
    static const uint8_t success[] = {0x90, 0x00};
    static const uint8_t more[] = {0xAA, 0x61, 0x10};
    static const uint8_t wrong_le[] = {0x6C, 0x01};
    static const uint8_t object[] = {0x30, 0x82, 0xFF, 0xFF, 0x90, 0x00};
    const struct {
        const uint8_t *bytes;
        size_t size;
    } answers[] = {
        {status, 0},
        {status, 1},
        {status, sizeof status},
        {success, 2},
        {more, sizeof more},
        {wrong_le, sizeof wrong_le},
        {object, sizeof object},
        {long_answer, sizeof long_answer},
    };
    (void)state;
    memset(long_answer, 0x30, sizeof long_answer);
    long_answer[sizeof long_answer - 2] = 0x90;
    long_answer[sizeof long_answer - 1] = 0x00;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        for (unsigned at = 1; at <= 24; at++) {
            fake_remove();
            fake_insert();
            fake_answer_at(at, answers[i].bytes, answers[i].size);
            CK_RV ignored = whole_operation(at % 2 == 0 ? SLOT_AUTH : SLOT_SIGN);
            (void)ignored;
            fake_answer_at(FAKE_NEVER, NULL, 0);
            fake_remove();
            fake_insert();
            assert_int_equal(whole_operation(SLOT_AUTH), CKR_OK);
        }
    }
}

static void a_restarted_pcscd_heals(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    CK_ULONG count = 0;
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    fake_stop_pcscd();
    assert_int_equal(sign(session, NULL, signature), CKR_FUNCTION_FAILED);
    assert_int_equal(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 0);
    fake_start_pcscd();
    assert_int_equal(C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(whole_operation(SLOT_AUTH), CKR_OK);
}

static void an_unknown_card_is_not_asked_anything(void **state)
{
    static const uint8_t other[] = {0x3B, 0x80, 0x01};
    static const uint8_t damaged[] = {0x3B, 0xFF};
    CK_SESSION_HANDLE session;
    (void)state;
    fake_remove();
    fake_set_atr(other, sizeof other);
    fake_insert();
    assert_int_equal(C_OpenSession(SLOT_AUTH, OPEN_FLAGS, NULL, NULL, &session),
                     CKR_TOKEN_NOT_RECOGNIZED);
    fake_remove();
    fake_set_atr(damaged, sizeof damaged);
    fake_insert();
    assert_int_equal(C_OpenSession(SLOT_AUTH, OPEN_FLAGS, NULL, NULL, &session),
                     CKR_TOKEN_NOT_RECOGNIZED);
    assert_int_equal(fake_commands(), 0);
}

static void events_come_for_both_slots_and_once(void **state)
{
    CK_SLOT_ID slot;
    (void)state;
    assert_int_equal(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
    fake_remove();
    assert_int_equal(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_OK);
    assert_int_equal(slot, SLOT_AUTH);
    assert_int_equal(C_WaitForSlotEvent(0, &slot, NULL), CKR_OK);
    assert_int_equal(slot, SLOT_SIGN);
    assert_int_equal(C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL), CKR_NO_EVENT);
}

static void *wait_for_event(void *argument)
{
    CK_RV *rv = argument;
    CK_SLOT_ID slot;
    *rv = C_WaitForSlotEvent(0, &slot, NULL);
    return NULL;
}

static void a_waiter_is_woken(void **state)
{
    pthread_t thread;
    CK_RV rv = CKR_GENERAL_ERROR;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_event, &rv), 0);
    fake_remove();
    pthread_join(thread, NULL);
    assert_int_equal(rv, CKR_OK);
}

/* Whether it waits already or is about to. */
static void finalize_wakes_waiters(void **state)
{
    pthread_t threads[3];
    CK_RV rvs[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_event, &rvs[i]), 0);
    }
    assert_int_equal(C_Finalize(NULL), CKR_OK);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(rvs[i], CKR_CRYPTOKI_NOT_INITIALIZED);
    }
    assert_int_equal(C_Initialize(NULL), CKR_OK);
}

static void a_forked_child_begins_anew(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    int status;
    (void)state;
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    pid_t child = fork();
    if (child == 0) {
        CK_INFO info;
        bool right = C_GetInfo(&info) == CKR_CRYPTOKI_NOT_INITIALIZED &&
                     C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED &&
                     C_Initialize(NULL) == CKR_OK && C_Logout(session) != CKR_OK &&
                     C_Finalize(NULL) == CKR_OK;
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(sign(session, NULL, signature), CKR_OK);
}

static void handles_of_before_are_stale(void **state)
{
    CK_OBJECT_HANDLE key;
    CK_SESSION_INFO info;
    CK_ATTRIBUTE label = {CKA_LABEL, NULL, 0};
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(find_key(session, CKO_PUBLIC_KEY, &key), CKR_OK);
    fake_remove();
    fake_insert();
    CK_SESSION_HANDLE next = open_session(SLOT_AUTH);
    assert_int_equal(C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(C_GetAttributeValue(next, key, &label, 1), CKR_OBJECT_HANDLE_INVALID);
    assert_int_equal(C_GetSessionInfo(0, &info), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(C_GetSessionInfo(~0UL, &info), CKR_SESSION_HANDLE_INVALID);
    assert_int_equal(C_GetSlotInfo(2, &(CK_SLOT_INFO){0}), CKR_SLOT_ID_INVALID);
}

static void sizes_can_be_asked_for(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_OBJECT_HANDLE key;
    CK_ULONG size = 0;
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    assert_int_equal(find_key(session, CKO_PRIVATE_KEY, &key), CKR_OK);
    assert_int_equal(C_SignInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_Sign(session, message, sizeof message, NULL, &size), CKR_OK);
    assert_int_equal(size, SIGNATURE_SIZE);
    size = SIGNATURE_SIZE - 1;
    assert_int_equal(C_Sign(session, message, sizeof message, signature, &size),
                     CKR_BUFFER_TOO_SMALL);
    assert_int_equal(size, SIGNATURE_SIZE);
    assert_int_equal(C_Sign(session, message, sizeof message, signature, &size), CKR_OK);
    assert_int_equal(C_Sign(session, message, sizeof message, signature, &size),
                     CKR_OPERATION_NOT_INITIALIZED);
}

/* In parts, and verified by the module itself. */
static void parts_make_the_same_signature(void **state)
{
    unsigned char whole[SIGNATURE_SIZE];
    unsigned char parts[SIGNATURE_SIZE];
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_OBJECT_HANDLE key;
    CK_ULONG size = SIGNATURE_SIZE;
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    assert_int_equal(sign(session, NULL, whole), CKR_OK);
    assert_int_equal(find_key(session, CKO_PRIVATE_KEY, &key), CKR_OK);
    assert_int_equal(C_SignInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_SignUpdate(session, message, 3), CKR_OK);
    assert_int_equal(C_Sign(session, message, 3, parts, &size), CKR_OPERATION_ACTIVE);
    assert_int_equal(C_SignUpdate(session, message + 3, sizeof message - 3), CKR_OK);
    assert_int_equal(C_SignFinal(session, parts, &size), CKR_OK);
    assert_memory_equal(whole, parts, SIGNATURE_SIZE);

    assert_int_equal(find_key(session, CKO_PUBLIC_KEY, &key), CKR_OK);
    assert_int_equal(C_VerifyInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_Verify(session, message, sizeof message, whole, SIGNATURE_SIZE), CKR_OK);
    whole[0] ^= 1;
    assert_int_equal(C_VerifyInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_Verify(session, message, sizeof message, whole, SIGNATURE_SIZE),
                     CKR_SIGNATURE_INVALID);
    assert_int_equal(C_VerifyInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_Verify(session, message, sizeof message, whole, 7), CKR_SIGNATURE_LEN_RANGE);
}

/* The card declares that it signs what was padded. */
static void pss_signatures_verify(void **state)
{
    unsigned char signature[SIGNATURE_SIZE];
    CK_RSA_PKCS_PSS_PARAMS parameter = {CKM_SHA512, CKG_MGF1_SHA512, 64};
    CK_MECHANISM mechanism = {CKM_SHA512_RSA_PKCS_PSS, &parameter, sizeof parameter};
    CK_OBJECT_HANDLE key;
    CK_ULONG size = SIGNATURE_SIZE;
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(login(session, CKU_USER, FAKE_PIN_AUTH), CKR_OK);
    assert_int_equal(find_key(session, CKO_PRIVATE_KEY, &key), CKR_OK);
    assert_int_equal(C_SignInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_Sign(session, message, sizeof message, signature, &size), CKR_OK);
    assert_int_equal(find_key(session, CKO_PUBLIC_KEY, &key), CKR_OK);
    assert_int_equal(C_VerifyInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_Verify(session, message, sizeof message, signature, size), CKR_OK);
    parameter.sLen = 63;
    assert_int_equal(C_VerifyInit(session, &mechanism, key), CKR_OK);
    assert_int_equal(C_Verify(session, message, sizeof message, signature, size),
                     CKR_SIGNATURE_INVALID);
    parameter.hashAlg = CKM_SHA256;
    assert_int_equal(C_VerifyInit(session, &mechanism, key), CKR_MECHANISM_PARAM_INVALID);
}

static void digests_are_made_in_parts_and_whole(void **state)
{
    unsigned char whole[EVP_MAX_MD_SIZE];
    unsigned char parts[EVP_MAX_MD_SIZE];
    unsigned char expected[EVP_MAX_MD_SIZE];
    unsigned expected_size = 0;
    CK_MECHANISM mechanism = {CKM_SHA384, NULL, 0};
    CK_ULONG size = 0;
    CK_SESSION_HANDLE session = open_session(SLOT_SIGN);
    (void)state;
    assert_int_equal(
        EVP_Digest(message, sizeof message, expected, &expected_size, EVP_sha384(), NULL), 1);
    assert_int_equal(C_DigestInit(session, &mechanism), CKR_OK);
    assert_int_equal(C_Digest(session, message, sizeof message, NULL, &size), CKR_OK);
    assert_int_equal(size, expected_size);
    size--;
    assert_int_equal(C_Digest(session, message, sizeof message, whole, &size),
                     CKR_BUFFER_TOO_SMALL);
    assert_int_equal(C_Digest(session, message, sizeof message, whole, &size), CKR_OK);
    assert_memory_equal(whole, expected, expected_size);
    assert_int_equal(C_DigestFinal(session, parts, &size), CKR_OPERATION_NOT_INITIALIZED);

    assert_int_equal(C_DigestInit(session, &mechanism), CKR_OK);
    assert_int_equal(C_DigestUpdate(session, message, 3), CKR_OK);
    assert_int_equal(C_Digest(session, message, 3, parts, &size), CKR_OPERATION_ACTIVE);
    assert_int_equal(C_DigestUpdate(session, message + 3, sizeof message - 3), CKR_OK);
    assert_int_equal(C_DigestFinal(session, NULL, &size), CKR_OK);
    assert_int_equal(C_DigestFinal(session, parts, &size), CKR_OK);
    assert_memory_equal(parts, expected, expected_size);
}

static void random_numbers_are_the_cards(void **state)
{
    unsigned char bytes[20] = {0};
    static const unsigned char none[sizeof bytes] = {0};
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    unsigned before = fake_commands();
    assert_int_equal(C_GenerateRandom(session, bytes, sizeof bytes), CKR_OK);
    assert_int_equal(fake_commands() - before, 3);
    assert_memory_not_equal(bytes, none, sizeof bytes);
    assert_int_equal(C_GenerateRandom(session, NULL, 1), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_SeedRandom(session, bytes, sizeof bytes), CKR_RANDOM_SEED_NOT_SUPPORTED);
}

static void both_versions_are_listed(void **state)
{
    CK_INTERFACE list[2];
    CK_INTERFACE *interface = NULL;
    CK_FUNCTION_LIST *functions = NULL;
    CK_VERSION version = {2, 40};
    CK_VERSION unknown = {3, 9};
    CK_UTF8CHAR name[] = "PKCS 11";
    CK_UTF8CHAR other[] = "PKCS 12";
    CK_INFO info;
    CK_ULONG count = 0;
    (void)state;
    assert_int_equal(C_GetInterfaceList(NULL, NULL), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_GetInterfaceList(NULL, &count), CKR_OK);
    assert_int_equal(count, 2);
    count = 1;
    assert_int_equal(C_GetInterfaceList(list, &count), CKR_BUFFER_TOO_SMALL);
    assert_int_equal(count, 2);
    assert_int_equal(C_GetInterfaceList(list, &count), CKR_OK);
    assert_string_equal((char *)list[1].pInterfaceName, "PKCS 11");

    assert_int_equal(C_GetInterface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_GetInterface(NULL, NULL, &interface, 0), CKR_OK);
    const struct cryptoki3_functions *newest = interface->pFunctionList;
    assert_int_equal(newest->version_2.version.major, 3);
    assert_int_equal(newest->version_2.C_GetInfo(&info), CKR_OK);
    assert_int_equal(info.cryptokiVersion.major, 3);
    assert_ptr_equal(newest->C_MessageVerifyFinal, C_MessageVerifyFinal);
    assert_int_equal(C_GetInterface(name, &version, &interface, 0), CKR_OK);
    assert_int_equal(C_GetFunctionList(&functions), CKR_OK);
    assert_ptr_equal(interface->pFunctionList, functions);
    assert_int_equal(functions->C_GetInfo(&info), CKR_OK);
    assert_int_equal(info.cryptokiVersion.major, 2);
    assert_int_equal(C_GetInterface(other, NULL, &interface, 0), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_GetInterface(name, &unknown, &interface, 0), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_GetInterface(name, NULL, &interface, 1), CKR_ARGUMENTS_BAD);
}

/* After the four that a client asks for first, all of 3.0 are message-based. */
static void messages_are_refused(void **state)
{
    CK_SESSION_HANDLE session = open_session(SLOT_AUTH);
    (void)state;
    assert_int_equal(C_MessageEncryptInit(session, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_EncryptMessage(session, NULL, 0, NULL, 0, NULL, 0, NULL, NULL),
                     CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_EncryptMessageBegin(session, NULL, 0, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_EncryptMessageNext(session, NULL, 0, NULL, 0, NULL, NULL, 0),
                     CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_MessageEncryptFinal(session), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_MessageDecryptInit(session, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_DecryptMessage(session, NULL, 0, NULL, 0, NULL, 0, NULL, NULL),
                     CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_DecryptMessageBegin(session, NULL, 0, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_DecryptMessageNext(session, NULL, 0, NULL, 0, NULL, NULL, 0),
                     CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_MessageDecryptFinal(session), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_MessageSignInit(session, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_SignMessage(session, NULL, 0, NULL, 0, NULL, NULL),
                     CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_SignMessageBegin(session, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_SignMessageNext(session, NULL, 0, NULL, 0, NULL, NULL),
                     CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_MessageSignFinal(session), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_MessageVerifyInit(session, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_VerifyMessage(session, NULL, 0, NULL, 0, NULL, 0),
                     CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_VerifyMessageBegin(session, NULL, 0), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_VerifyMessageNext(session, NULL, 0, NULL, 0, NULL, 0),
                     CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_MessageVerifyFinal(session), CKR_FUNCTION_NOT_SUPPORTED);
    assert_int_equal(C_MessageVerifyFinal(0), CKR_SESSION_HANDLE_INVALID);
}

static void nothing_works_before_initialize(void **state)
{
    CK_FUNCTION_LIST *functions;
    CK_ULONG number = 0;
    CK_SLOT_ID slot;
    (void)state;
    assert_int_equal(C_GetFunctionList(&functions), CKR_OK);
    assert_int_equal(C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
    assert_int_equal(functions->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_int_equal(functions->C_GetSlotList(CK_TRUE, NULL, &number),
                     CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_int_equal(functions->C_WaitForSlotEvent(0, &slot, NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_int_equal(functions->C_EncryptInit(1, NULL, 1), CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_int_equal(functions->C_CloseSession(1), CKR_CRYPTOKI_NOT_INITIALIZED);
}

static void arguments_of_initialize_are_checked(void **state)
{
    CK_C_INITIALIZE_ARGS threads = {.flags = CKF_OS_LOCKING_OK};
    CK_C_INITIALIZE_ARGS reserved = {.flags = CKF_OS_LOCKING_OK, .pReserved = message};
    CK_C_INITIALIZE_ARGS gnutls = {.flags = CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS};
    (void)state;
    fake_begin();
    assert_int_equal(C_Initialize(&reserved), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_Initialize(&gnutls), CKR_OK);
    assert_int_equal(C_Finalize(NULL), CKR_OK);
    assert_int_equal(C_Initialize(&threads), CKR_OK);
    assert_int_equal(C_Initialize(&threads), CKR_CRYPTOKI_ALREADY_INITIALIZED);
    assert_int_equal(C_Finalize(message), CKR_ARGUMENTS_BAD);
    assert_int_equal(C_Finalize(NULL), CKR_OK);
}

static void without_pcscd_there_are_no_slots(void **state)
{
    CK_ULONG count = 7;
    (void)state;
    fake_begin();
    fake_stop_pcscd();
    assert_int_equal(C_Initialize(NULL), CKR_OK);
    assert_int_equal(C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    assert_int_equal(count, 0);
    fake_start_pcscd();
    assert_int_equal(C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
    assert_int_equal(count, 2);
    assert_int_equal(whole_operation(SLOT_SIGN), CKR_OK);
    assert_int_equal(C_Finalize(NULL), CKR_OK);
}

#define IN_MODULE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_works_before_initialize),
        cmocka_unit_test(arguments_of_initialize_are_checked),
        cmocka_unit_test(without_pcscd_there_are_no_slots),
        IN_MODULE(signs_with_both_keys),
        IN_MODULE(a_logout_resets_the_card),
        IN_MODULE(the_last_session_takes_the_login_with_it),
        IN_MODULE(a_wrong_pin_is_told_to_the_end),
        IN_MODULE(no_try_is_spent_on_what_cannot_be_a_pin),
        IN_MODULE(a_transport_pin_is_not_tried),
        IN_MODULE(a_transport_pin_sets_the_pin_once),
        IN_MODULE(a_pin_is_changed),
        IN_MODULE(a_pin_is_changed_only_in_a_session_that_may_write),
        IN_MODULE(the_puk_unblocks),
        IN_MODULE(the_puk_unblocks_in_place_of_an_old_pin),
        IN_MODULE(a_blocked_puk_is_told_apart),
        IN_MODULE(the_puk_itself_is_changed_by_who_knows_it),
        IN_MODULE(the_puk_of_one_token_leaves_the_others_login),
        IN_MODULE(the_signature_key_asks_for_each_signature),
        IN_MODULE(the_authentication_key_signs_many_times),
        IN_MODULE(private_keys_are_seen_while_the_holder_is_logged_in),
        IN_MODULE(a_pin_is_typed_on_the_readers_pad),
        IN_MODULE(pins_are_changed_on_the_readers_pad),
        IN_MODULE(a_reader_without_a_pad_needs_a_pin),
        IN_MODULE(an_operation_can_be_given_up),
        IN_MODULE(nobody_has_a_name),
        IN_MODULE(a_card_pulled_at_any_command_is_told_so),
        IN_MODULE(any_answer_at_any_command_is_survived),
        IN_MODULE(a_restarted_pcscd_heals),
        IN_MODULE(an_unknown_card_is_not_asked_anything),
        IN_MODULE(events_come_for_both_slots_and_once),
        IN_MODULE(a_waiter_is_woken),
        IN_MODULE(finalize_wakes_waiters),
        IN_MODULE(a_forked_child_begins_anew),
        IN_MODULE(handles_of_before_are_stale),
        IN_MODULE(sizes_can_be_asked_for),
        IN_MODULE(parts_make_the_same_signature),
        IN_MODULE(pss_signatures_verify),
        IN_MODULE(digests_are_made_in_parts_and_whole),
        IN_MODULE(random_numbers_are_the_cards),
        IN_MODULE(both_versions_are_listed),
        IN_MODULE(messages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
