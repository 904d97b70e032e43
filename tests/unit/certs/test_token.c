#include "certs/token.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"

#define ORIGIN "https://portal.piradi.test"
#define NONCE "dGVzdC1ub25jZS10ZXN0LW5vbmNlLXRlc3Qtbm9uY2U="

static struct pki pki;
static struct trust *trust;

static int set_up(void **state)
{
    (void)state;
    pki_make(&pki, "RSA-2048");
    trust = trust_load(pki.folder);
    return trust == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    trust_free(&trust);
    pki_remove(&pki);
    return 0;
}

static void to_raw(uint8_t *signature, size_t *size, EVP_PKEY *key)
{
    size_t half = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    const uint8_t *der = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)*size);
    assert_non_null(pair);
    assert_true(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, (int)half) > 0);
    assert_true(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half, (int)half) > 0);
    *size = 2 * half;
    ECDSA_SIG_free(pair);
}

/* What an honest agent and card make; base64. */
static char *sign(EVP_PKEY *key, const char *algorithm, const char *origin, const char *nonce)
{
    uint8_t message[TOKEN_MESSAGE_MAX];
    uint8_t signature[1024];
    size_t size;
    size_t signature_size = sizeof signature;
    char hash[] = "SHA...";
    memcpy(hash + 3, algorithm + 2, 4);
    assert_int_equal(token_message(algorithm, origin, nonce, message, &size), STATUS_OK);
    EVP_PKEY_CTX *options;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit_ex(context, &options, hash, NULL, NULL, key, NULL), 1);
    if (algorithm[0] == 'P') {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    assert_int_equal(EVP_DigestSign(context, signature, &signature_size, message, size), 1);
    EVP_MD_CTX_free(context);
    if (algorithm[0] == 'E') {
        to_raw(signature, &signature_size, key);
    }
    char *text = base64_encode(signature, signature_size);
    assert_non_null(text);
    return text;
}

static json_t *make_token(const struct identity *citizen, const char *algorithm)
{
    uint8_t *der = NULL;
    int size = i2d_X509(citizen->certificate, &der);
    assert_true(size > 0);
    char *certificate = base64_encode(der, (size_t)size);
    char *signature = sign(citizen->key, algorithm, ORIGIN, NONCE);
    json_t *token = json_pack("{s:s, s:s, s:s, s:s, s:s}", "unverifiedCertificate", certificate,
                              "algorithm", algorithm, "signature", signature, "format",
                              "web-eid:1.0", "appVersion", "https://piradi.test/0.1.0");
    assert_non_null(token);
    free(certificate);
    free(signature);
    OPENSSL_free(der);
    return token;
}

static enum status verify_at(const json_t *token, const char *origin, const char *nonce, time_t at)
{
    const struct token_rules rules = {.trust = trust, .origin = origin, .nonce = nonce, .at = at};
    struct subject citizen = {.name = "untouched"};
    const char *detail = NULL;
    enum status status = token_verify(token, &rules, &citizen, &detail);
    if (status == STATUS_OK) {
        assert_string_equal(citizen.personal_number, "01001012345");
        assert_null(detail);
    } else {
        assert_string_equal(citizen.name, "untouched");
        assert_non_null(detail);
    }
    return status;
}

static enum status verify(const json_t *token)
{
    return verify_at(token, ORIGIN, NONCE, PKI_NOW);
}

/* Consumes value. */
static enum status verify_with(const json_t *token, const char *key, json_t *value)
{
    json_t *changed = json_copy((json_t *)(uintptr_t)token);
    assert_int_equal(json_object_set_new(changed, key, value), 0);
    enum status status = verify(changed);
    json_decref(changed);
    return status;
}

static void an_honest_token_is_accepted(void **state)
{
    (void)state;
    static const char *const rsa[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"};
    for (size_t i = 0; i < sizeof rsa / sizeof *rsa; i++) {
        json_t *token = make_token(&pki.login, rsa[i]);
        assert_int_equal(verify(token), STATUS_OK);
        json_decref(token);
    }
}

static void each_curve_has_its_algorithm(void **state)
{
    (void)state;
    static const char *const curves[][2] = {
        {"P-256", "ES256"}, {"P-384", "ES384"}, {"P-521", "ES512"}};
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        struct wish wish = pki_login_wish;
        wish.key = curves[i][0];
        struct identity citizen = pki_issue(&wish, &pki.login_ca);
        json_t *token = make_token(&citizen, curves[i][1]);
        assert_int_equal(verify(token), STATUS_OK);
        const char *other = curves[(i + 1) % 3][1];
        assert_int_equal(verify_with(token, "algorithm", json_string(other)), STATUS_BAD_REQUEST);
        json_decref(token);
        pki_free(&citizen);
    }
}

/* A known validator fails one login in 256 on a value that begins with a zero byte. */
static void short_ecdsa_values_are_accepted(void **state)
{
    (void)state;
    struct wish wish = pki_login_wish;
    wish.key = "P-256";
    struct identity citizen = pki_issue(&wish, &pki.login_ca);
    bool found = false;
    for (int i = 0; i < 20000 && !found; i++) {
        json_t *token = make_token(&citizen, "ES256");
        size_t size;
        uint8_t *raw = base64_decode(json_string_value(json_object_get(token, "signature")), &size);
        assert_non_null(raw);
        found = raw[0] == 0 || raw[size / 2] == 0;
        if (found) {
            assert_int_equal(verify(token), STATUS_OK);
        }
        free(raw);
        json_decref(token);
    }
    assert_true(found);
    pki_free(&citizen);
}

static void another_origin_or_nonce_is_refused(void **state)
{
    (void)state;
    json_t *token = make_token(&pki.login, "RS256");
    static const char *const origins[] = {
        "https://portal.piradi.tesu", "https://portal.piradi.test/", "http://portal.piradi.test",
        "https://Portal.piradi.test", "https://portal.piradi.test:8443"};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        assert_int_equal(verify_at(token, origins[i], NONCE, PKI_NOW), STATUS_SIGNATURE_INVALID);
    }
    char nonce[] = NONCE;
    nonce[5] ^= 1;
    assert_int_equal(verify_at(token, ORIGIN, nonce, PKI_NOW), STATUS_SIGNATURE_INVALID);
    assert_int_equal(verify_at(token, ORIGIN, &NONCE[1], PKI_NOW), STATUS_NONCE_TOO_SHORT);
    json_decref(token);
}

static void each_changed_byte_is_refused(void **state)
{
    (void)state;
    json_t *token = make_token(&pki.login, "RS256");
    static const char *const keys[] = {"signature", "unverifiedCertificate"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        size_t size;
        uint8_t *bytes = base64_decode(json_string_value(json_object_get(token, keys[k])), &size);
        assert_non_null(bytes);
        for (size_t i = 0; i < size; i += 7) {
            bytes[i] ^= 0x10;
            char *text = base64_encode(bytes, size);
            assert_int_not_equal(verify_with(token, keys[k], json_string(text)), STATUS_OK);
            free(text);
            bytes[i] ^= 0x10;
        }
        free(bytes);
    }
    json_decref(token);
}

static void malformed_fields_are_refused(void **state)
{
    (void)state;
    json_t *token = make_token(&pki.login, "RS256");
    assert_int_equal(verify(token), STATUS_OK);
    assert_int_equal(verify_with(token, "extra", json_true()), STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "format", json_string("web-eid:1.1")),
                     STATUS_VERSION_UNSUPPORTED);
    assert_int_equal(verify_with(token, "format", json_integer(1)), STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "algorithm", json_string("none")), STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "algorithm", json_string("rs256")), STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "algorithm", json_string("PS256")),
                     STATUS_SIGNATURE_INVALID);
    assert_int_equal(verify_with(token, "algorithm", json_string("RS512")),
                     STATUS_SIGNATURE_INVALID);
    assert_int_equal(verify_with(token, "algorithm", json_string("ES256")), STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "algorithm", json_string("HS256")), STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "signature", json_string("")), STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "signature", json_string("!")), STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "unverifiedCertificate", json_string("AAAA")),
                     STATUS_BAD_REQUEST);
    assert_int_equal(verify_with(token, "appVersion", json_null()), STATUS_BAD_REQUEST);
    static const char *const needed[] = {"format", "algorithm", "signature",
                                         "unverifiedCertificate"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        json_t *less = json_copy(token);
        assert_int_equal(json_object_del(less, needed[i]), 0);
        assert_int_equal(verify(less), STATUS_BAD_REQUEST);
        json_decref(less);
    }
    json_decref(token);
}

static void refused_citizen(const struct wish *wish, const struct identity *issuer,
                            enum status expected)
{
    struct identity citizen = pki_issue(wish, issuer);
    json_t *token = make_token(&citizen, "ES256");
    assert_int_equal(verify(token), expected);
    json_decref(token);
    pki_free(&citizen);
}

static void other_certificates_are_refused(void **state)
{
    (void)state;
    json_t *token = make_token(&pki.sign, "RS256");
    assert_int_equal(verify(token), STATUS_CERTIFICATE_NOT_FOR_THIS_USE);
    json_decref(token);
    struct wish wish = pki_login_wish;
    wish.key = "P-256";
    refused_citizen(&wish, NULL, STATUS_CERTIFICATE_UNTRUSTED);
    wish.from_days = 10;
    wish.until_days = -1;
    refused_citizen(&wish, &pki.login_ca, STATUS_CERTIFICATE_EXPIRED);
    wish = pki_login_wish;
    wish.key = "P-256";
    wish.serial_number = NULL;
    refused_citizen(&wish, &pki.login_ca, STATUS_CERTIFICATE_NOT_FOR_THIS_USE);
}

static void a_token_is_strict_json(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "[]", "{", "{\"a\":1,\"a\":1}", "{} {}", "{\"a\":\"\x01\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(token_parse(wrong[i], strlen(wrong[i])));
    }
    char *large = calloc(1, TOKEN_JSON_MAX + 1);
    assert_non_null(large);
    memset(large, ' ', TOKEN_JSON_MAX + 1);
    large[0] = '{';
    large[1] = '}';
    assert_null(token_parse(large, TOKEN_JSON_MAX + 1));
    json_t *token = token_parse(large, TOKEN_JSON_MAX);
    assert_non_null(token);
    json_decref(token);
    free(large);
}

static void the_message_has_bounds(void **state)
{
    (void)state;
    uint8_t message[TOKEN_MESSAGE_MAX];
    size_t size = 0;
    char nonce[TOKEN_NONCE_MAX + 2];
    memset(nonce, 'A', sizeof nonce);
    nonce[sizeof nonce - 1] = '\0';
    assert_int_equal(token_message("RS256", ORIGIN, nonce, message, &size), STATUS_BAD_REQUEST);
    assert_int_equal(token_message("RS256", "", NONCE, message, &size), STATUS_BAD_REQUEST);
    assert_int_equal(token_message("RS1", ORIGIN, NONCE, message, &size), STATUS_BAD_REQUEST);
    assert_int_equal(size, 0);
    assert_int_equal(token_message("RS256", ORIGIN, NONCE, message, &size), STATUS_OK);
    assert_int_equal(size, 64);
    assert_int_equal(token_message("ES512", ORIGIN, NONCE, message, &size), STATUS_OK);
    assert_int_equal(size, 128);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_token_is_accepted),
        cmocka_unit_test(each_curve_has_its_algorithm),
        cmocka_unit_test(short_ecdsa_values_are_accepted),
        cmocka_unit_test(another_origin_or_nonce_is_refused),
        cmocka_unit_test(each_changed_byte_is_refused),
        cmocka_unit_test(malformed_fields_are_refused),
        cmocka_unit_test(other_certificates_are_refused),
        cmocka_unit_test(a_token_is_strict_json),
        cmocka_unit_test(the_message_has_bounds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
