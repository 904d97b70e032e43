#include "agent/card_key.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "agent/login_token.h"
#include "agent/refusal.h"
#include "base/base64.h"
#include "certs/token.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"

static struct pki pki;
static char *certificate; /* base64 */

static int make_certificate(void **state)
{
    (void)state;
    pki_make(&pki, "RSA-2048");
    unsigned char *der = NULL;
    int size = i2d_X509(pki.login.certificate, &der);
    assert_true(size > 0);
    certificate = base64_encode(der, (size_t)size);
    OPENSSL_free(der);
    assert_non_null(certificate);
    return 0;
}

static int drop_certificate(void **state)
{
    (void)state;
    free(certificate);
    pki_remove(&pki);
    return 0;
}

static json_t *key_json(const char *text, int min, int max, int tries, bool blocked)
{
    json_t *json =
        json_pack("{s:s, s:s, s:[s], s:s, s:{s:i, s:i, s:i, s:b, s:b, s:b}, s:{s:i, s:i, s:i}}",
                  "reader", "Reader", "certificate", text, "chain", "AAAA", "algorithm", "RS256",
                  "pin", "min", min, "max", max, "tries_left", tries, "blocked", (int)blocked,
                  "not_set", 0, "pad", 1, "unblocking", "min", 8, "max", 9, "tries_left", 5);
    assert_non_null(json);
    return json;
}

static bool reads(json_t *json)
{
    struct card_key key;
    bool ok = card_key_read(json, 0, &key);
    json_decref(json);
    return ok;
}

static void test_read(void **state)
{
    (void)state;
    struct card_key key;
    json_t *json = key_json(certificate, 4, 8, 3, false);
    assert_true(card_key_read(json, 0, &key));
    assert_string_equal(key.reader, "Reader");
    assert_string_equal(key.certificate, certificate);
    assert_string_equal(key.algorithm, "RS256");
    assert_int_equal(key.pin.min, 4);
    assert_int_equal(key.pin.max, 8);
    assert_int_equal(key.pin.tries_left, 3);
    assert_true(key.pad);
    assert_int_equal(key.unblocking.min, 8);
    assert_int_equal(key.unblocking.max, 9);
    assert_int_equal(key.unblocking.tries_left, 5);
    assert_string_equal(key.holder.name, pki_login_wish.common_name);
    json_decref(json);
}

static void test_what_a_worker_may_not_say(void **state)
{
    (void)state;
    assert_true(reads(key_json(certificate, 4, 64, 1, false)));
    assert_true(reads(key_json(certificate, 4, 8, 0, true)));
    assert_false(reads(key_json(certificate, 4, 8, 0, false)));
    assert_false(reads(key_json(certificate, 0, 8, 3, false)));
    assert_false(reads(key_json(certificate, 8, 4, 3, false)));
    assert_false(reads(key_json(certificate, 4, 65, 3, false)));
    assert_false(reads(key_json(certificate, 4, 8, -1, true)));
    assert_false(reads(key_json(certificate, 4, 8, 16, false)));
    assert_false(reads(key_json("", 4, 8, 3, false)));
    assert_false(reads(key_json("AAAA", 4, 8, 3, false)));
    assert_false(reads(key_json("no base64", 4, 8, 3, false)));
    assert_false(reads(json_object()));
    assert_false(card_key_read(NULL, 0, &(struct card_key){.reader = NULL}));

    json_t *more = key_json(certificate, 4, 8, 3, false);
    json_object_set_new(more, "more", json_true());
    assert_false(reads(more));
    json_t *chain = key_json(certificate, 4, 8, 3, false);
    json_object_set_new(chain, "chain", json_pack("[i]", 1));
    assert_false(reads(chain));
}

static void test_check(void **state)
{
    (void)state;
    json_t *json = key_json(certificate, 4, 8, 3, false);
    struct card_key key;
    assert_true(card_key_read(json, 0, &key));
    assert_int_equal(card_key_check(&key, PKI_NOW), STATUS_OK);
    assert_int_equal(card_key_check(&key, key.holder.valid_until), STATUS_OK);
    assert_int_equal(card_key_check(&key, key.holder.valid_until + 1), STATUS_CERTIFICATE_EXPIRED);
    key.pin_not_set = true;
    assert_int_equal(card_key_check(&key, PKI_NOW), STATUS_PIN_NOT_SET);
    key.pin_blocked = true;
    assert_int_equal(card_key_check(&key, PKI_NOW), STATUS_PIN_BLOCKED);
    json_decref(json);
}

static void test_keys(void **state)
{
    (void)state;
    struct card_keys keys;
    json_t *list = json_pack("[o, {}, o]", key_json(certificate, 4, 8, 3, false),
                             key_json(certificate, 6, 6, 3, false));
    assert_true(card_keys_read(list, &keys));
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.list[1].index, 2); /* the worker's, not ours */
    card_keys_narrow(&keys, certificate, PKI_NOW);
    assert_int_equal(keys.count, 2);
    keys.list[0].holder.valid_until = PKI_NOW - 1;
    card_keys_narrow(&keys, NULL, PKI_NOW);
    assert_int_equal(keys.count, 1);
    assert_int_equal(keys.list[0].index, 2);
    keys.list[0].holder.valid_until = PKI_NOW - 1;
    card_keys_narrow(&keys, NULL, PKI_NOW);
    assert_int_equal(keys.count, 1); /* better one that has expired than none */
    card_keys_narrow(&keys, "AAAA", PKI_NOW);
    assert_int_equal(keys.count, 0);
    json_decref(list);
    list = json_pack("[{}]");
    assert_false(card_keys_read(list, &keys));
    assert_false(card_keys_read(NULL, &keys));
    json_decref(list);
}

static void test_too_many_keys(void **state)
{
    (void)state;
    struct card_keys keys;
    json_t *list = json_array();
    for (int i = 0; i < CARD_KEYS_MAX + 1; i++) {
        json_array_append_new(list, key_json(certificate, 4, 8, 3, false));
    }
    assert_true(card_keys_read(list, &keys));
    assert_int_equal(keys.count, CARD_KEYS_MAX);
    json_decref(list);
}

static void test_check_pin(void **state)
{
    (void)state;
    static const struct {
        enum pin_action action;
        bool not_set;
        int tries_left;
        int unblocking_tries_left;
        enum status status;
        int told; /* tries */
    } rows[] = {
        {PIN_CHANGE, false, 3, 5, STATUS_OK, 3},
        {PIN_CHANGE, false, 0, 5, STATUS_PIN_BLOCKED, 0},
        {PIN_CHANGE, true, 3, 5, STATUS_PIN_NOT_SET, 3},
        {PIN_UNBLOCK, false, 0, 4, STATUS_OK, 4},
        {PIN_UNBLOCK, false, 3, 5, STATUS_OK, 5},
        {PIN_UNBLOCK, false, 0, 0, STATUS_PUK_BLOCKED, 0},
        {PIN_UNBLOCK, true, 3, 5, STATUS_PIN_NOT_SET, 5},
        {PIN_ACTIVATE, true, 2, 5, STATUS_OK, 2},
        {PIN_ACTIVATE, true, 0, 5, STATUS_PIN_BLOCKED, 0},
        {PIN_ACTIVATE, false, 3, 5, STATUS_BAD_REQUEST, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct card_key key = {
            .pin = {6, 6, rows[i].tries_left},
            .pin_blocked = rows[i].tries_left == 0,
            .pin_not_set = rows[i].not_set,
            .unblocking = {8, 8, rows[i].unblocking_tries_left},
        };
        struct pin_rule authorization;
        assert_int_equal(card_key_check_pin(&key, rows[i].action, &authorization), rows[i].status);
        assert_int_equal(authorization.tries_left, rows[i].told);
    }
}

/* The portal's own reader (certs/token.h) takes what we form. */
static void test_login_token_is_read_by_the_verifier(void **state)
{
    (void)state;
    static const char origin[] = "https://portal.piradi.test";
    static const char nonce[] = "01234567890123456789012345678901234567890123";
    uint8_t message[TOKEN_MESSAGE_MAX];
    size_t size;
    assert_int_equal(token_message("RS256", origin, nonce, message, &size), STATUS_OK);
    unsigned char signature[512];
    size_t signature_size = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pki.login.key), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &signature_size, message, size), 1);
    EVP_MD_CTX_free(context);
    char *text = base64_encode(signature, signature_size);
    json_t *token = login_token(certificate, "RS256", text);
    struct trust *trust = trust_load(pki.folder);
    const struct token_rules rules = {trust, origin, nonce, PKI_NOW};
    struct subject citizen;
    const char *detail;
    assert_int_equal(token_verify(token, &rules, &citizen, &detail), STATUS_OK);
    trust_free(&trust);
    json_decref(token);
    free(text);
}

static void test_refusal(void **state)
{
    (void)state;
    json_t *answer =
        json_pack("{s:s, s:s, s:i}", "status", "PIN_WRONG", "detail", "why", "tries_left", 2);
    struct refusal refusal = refusal_read(answer);
    assert_int_equal(refusal.status, STATUS_PIN_WRONG);
    assert_string_equal(refusal.detail, "why");
    assert_int_equal(refusal.tries_left, 2);
    json_t *again = refusal_json(&refusal);
    assert_true(json_equal(answer, again));
    json_decref(answer);
    json_decref(again);

    static const char *const wrong[] = {"{}", "{\"status\":\"OK\"}", "{\"status\":7}",
                                        "{\"status\":\"NONE_OF_OURS\",\"tries_left\":16}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        answer = json_loads(wrong[i], 0, NULL);
        refusal = refusal_read(answer);
        assert_int_equal(refusal.status, STATUS_INTERNAL);
        assert_null(refusal.detail);
        assert_int_equal(refusal.tries_left, TRIES_UNKNOWN);
        json_decref(answer);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_what_a_worker_may_not_say),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_too_many_keys),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_check_pin),
        cmocka_unit_test(test_login_token_is_read_by_the_verifier),
        cmocka_unit_test(test_refusal),
    };
    return cmocka_run_group_tests(tests, make_certificate, drop_certificate);
}
