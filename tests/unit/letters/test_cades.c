/* Files of any kind signed as CAdES, with and without a time-stamp. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "letters/cades.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/authority.h"
#include "tests/unit/letters/sample.h"
#include "tests/unit/letters/tool.h"

static const char words[] = "განცხადება: გთხოვთ, განიხილოთ.\n";

static struct pki pki;
static struct trust *trust;
static struct authority right;
static struct authority wrong;
static struct authority *const both[] = {&wrong, &right, NULL};
static const struct fetcher fetcher = {.fetch = authority_fetch,
                                       .context = (void *)(uintptr_t)both};
static const struct timestamp_authorities authorities = {
    .count = 2, .urls = {"http://tsa.example/0", "http://tsa.example/1"}, .timeout_ms = 1000};

static int set_up(void **state)
{
    (void)state;
    pki_make(&pki, "RSA-2048");
    trust = trust_load(pki.folder);
    right = (struct authority){
        .identity = pki_issue(&authority_wish, &pki.root), .issuer = &pki.root, .at = PKI_NOW};
    wrong = right;
    return trust == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    pki_free(&right.identity);
    trust_free(&trust);
    pki_remove(&pki);
    return 0;
}

static int file_of_words(void)
{
    return sample_of_bytes(words, strlen(words));
}

static int signed_by(int file, bool enclosed, const struct identity *signer)
{
    struct cades *cades = NULL;
    struct detail detail;
    uint8_t *message;
    uint8_t *der;
    size_t size;
    uint8_t signature[1024];
    STACK_OF(X509) *chain = sk_X509_new_null();
    assert_true(sk_X509_push(chain, pki.sign_ca.certificate) > 0);
    assert_int_equal(cades_prepare(file, enclosed, PKI_NOW, &cades, &detail), STATUS_OK);
    assert_int_equal(cades_attributes(cades, signer->certificate, chain, &message, &size, &detail),
                     STATUS_OK);
    size_t signature_size = sample_soft_sign(signer->key, message, size, signature);
    signature[5] ^= 1;
    assert_int_equal(cades_finish(cades, signature, signature_size, &der, &size, &detail),
                     STATUS_SIGNATURE_INVALID);
    signature[5] ^= 1;
    enum status status = cades_finish(cades, signature, signature_size, &der, &size, &detail);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_code(status), detail.text);
    }
    int made = sample_of_bytes(der, size);
    OPENSSL_free(der);
    OPENSSL_free(message);
    sk_X509_free(chain);
    cades_free(&cades);
    return made;
}

static enum rule rule_at(int signature, int file, time_t at, struct cades_report *report)
{
    struct detail detail;
    enum status status = cades_verify(signature, file, trust, at, report, &detail);
    assert_int_equal(status, rule_text(report->rule)->status);
    return report->rule;
}

static enum rule rule_of(int signature, int file)
{
    struct cades_report report;
    return rule_at(signature, file, PKI_NOW, &report);
}

static void check_by_openssl(int signature, int file)
{
    char signature_path[TOOL_PATH_MAX];
    char file_path[TOOL_PATH_MAX];
    char root[128];
    char output[TOOL_OUTPUT_MAX];
    tool_path(signature, signature_path);
    snprintf(root, sizeof root, "%s/root.pem", pki.folder);
    const char *argv[] = {
        "openssl", "cms",          "-verify", "-cades", "-binary",  "-inform", "DER",
        "-in",     signature_path, "-CAfile", root,     "-purpose", "any",     "-no_check_time",
        "-out",    "/dev/null",    NULL,      NULL,     NULL};
    if (file >= 0) {
        tool_path(file, file_path);
        argv[16] = "-content";
        argv[17] = file_path;
    }
    tool_succeeds(argv, output);
}

static void files_are_signed(void **state)
{
    (void)state;
    static const char *const keys[] = {"RSA-2048", "RSA-3072", "P-384"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct wish wish = pki_sign_wish;
        wish.key = keys[i];
        struct identity signer = pki_issue(&wish, &pki.sign_ca);
        int file = file_of_words();
        int beside = signed_by(file, false, &signer);
        int inside = signed_by(file, true, &signer);
        struct cades_report report;
        assert_int_equal(rule_at(beside, file, PKI_NOW, &report), RULE_NONE);
        assert_false(report.is_enclosed);
        assert_string_equal(report.signer.name, "ნინო ბერიძე");
        assert_true(report.has_claimed_time);
        assert_int_equal(report.claimed_time, PKI_NOW);
        assert_int_equal(report.stamps.count, 0);
        assert_int_equal(rule_at(inside, -1, PKI_NOW, &report), RULE_NONE);
        assert_true(report.is_enclosed);
        check_by_openssl(beside, file);
        check_by_openssl(inside, -1);
        pki_free(&signer);
        close(inside);
        close(beside);
        close(file);
    }
}

static void what_does_not_belong_is_told(void **state)
{
    (void)state;
    int file = file_of_words();
    int other = sample_of_bytes("another", 7);
    int beside = signed_by(file, false, &pki.sign);
    int inside = signed_by(file, true, &pki.sign);
    int login = signed_by(file, false, &pki.login);
    assert_int_equal(rule_of(beside, other), RULE_CMS_DIGEST);
    assert_int_equal(rule_of(beside, -1), RULE_CMS_SHAPE);
    assert_int_equal(rule_of(inside, file), RULE_CMS_SHAPE);
    assert_int_equal(rule_of(file, file), RULE_CMS_UNREADABLE);
    assert_int_equal(rule_of(login, file), RULE_SIGNER_USE);
    close(login);
    close(inside);
    close(beside);
    close(other);
    close(file);
}

/* Any byte of the file inside, and of what is signed with it. */
static void each_changed_byte_is_refused(void **state)
{
    (void)state;
    int file = file_of_words();
    int inside = signed_by(file, true, &pki.sign);
    size_t size;
    uint8_t *bytes = sample_bytes(inside, &size);
    uint8_t *content = memmem(bytes, size, words, strlen(words));
    assert_non_null(content);
    for (size_t i = 0; i < strlen(words); i++) {
        content[i] ^= 1;
        int changed = sample_of_bytes(bytes, size);
        assert_int_equal(rule_of(changed, -1), RULE_CMS_DIGEST);
        close(changed);
        content[i] ^= 1;
    }
    for (size_t i = 1; i <= 256 && i < size; i += 5) { /* the signature's value */
        bytes[size - i] ^= 1;
        int changed = sample_of_bytes(bytes, size);
        assert_int_equal(rule_of(changed, -1), RULE_CMS_SIGNATURE);
        close(changed);
        bytes[size - i] ^= 1;
    }
    free(bytes);
    close(inside);
    close(file);
}

static void a_file_that_changed_meanwhile_is_not_signed(void **state)
{
    (void)state;
    int file = file_of_words();
    struct cades *cades = NULL;
    struct detail detail;
    uint8_t *message;
    uint8_t *der;
    size_t size;
    uint8_t signature[1024];
    assert_int_equal(cades_prepare(file, true, PKI_NOW, &cades, &detail), STATUS_OK);
    assert_int_equal(cades_finish(cades, signature, 256, &der, &size, &detail), STATUS_BAD_REQUEST);
    assert_int_equal(cades_attributes(cades, pki.sign.certificate, NULL, &message, &size, &detail),
                     STATUS_OK);
    size_t signature_size = sample_soft_sign(pki.sign.key, message, size, signature);
    OPENSSL_free(message);
    assert_int_equal(pwrite(file, "X", 1, 0), 1);
    assert_int_equal(cades_finish(cades, signature, signature_size, &der, &size, &detail),
                     STATUS_DOCUMENT_DAMAGED);
    assert_int_equal(cades_attributes(cades, pki.sign.certificate, NULL, &message, &size, &detail),
                     STATUS_DOCUMENT_DAMAGED);
    cades_free(&cades);
    close(file);
}

/* Gives a new file; -1, with the status, where there is no time-stamp. */
static int stamped(int signature, enum status *status, struct detail *detail)
{
    size_t size;
    uint8_t *der = NULL;
    size_t der_size = 0;
    uint8_t *bytes = sample_bytes(signature, &size);
    *status = cms_stamp(CMS_OF_FILE, bytes, size, &fetcher, &authorities, trust, PKI_NOW, &der,
                        &der_size, detail);
    int made = *status == STATUS_OK ? sample_of_bytes(der, der_size) : -1;
    OPENSSL_free(der);
    free(bytes);
    return made;
}

/* B-T outlives the signer's certificate, as long as the authority is trusted. */
static void a_time_stamp_proves_the_time(void **state)
{
    (void)state;
    enum status status;
    struct detail detail;
    struct cades_report report;
    int file = file_of_words();
    int beside = signed_by(file, false, &pki.sign);
    wrong.fault = AUTHORITY_IS_SILENT;
    right.fault = AUTHORITY_IS_RIGHT;
    int with_time = stamped(beside, &status, &detail);
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(rule_at(with_time, file, PKI_NOW, &report), RULE_NONE);
    assert_int_equal(report.stamps.count, 1);
    assert_int_equal(report.stamps.rule, RULE_NONE);
    assert_int_equal(report.stamps.best.at, PKI_NOW);
    assert_string_equal(report.stamps.best.authority, "Specimen time-stamps");
    check_by_openssl(with_time, file);
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    wish.from_days = 10;
    wish.until_days = 1;
    struct identity soon_over = pki_issue(&wish, &pki.sign_ca);
    int old = signed_by(file, false, &soon_over);
    int old_with_time = stamped(old, &status, &detail);
    const time_t later = PKI_NOW + 5 * PKI_DAY;
    assert_int_equal(rule_at(old, file, later, &report), RULE_SIGNER_EXPIRED);
    assert_int_equal(rule_at(old_with_time, file, later, &report), RULE_NONE);
    pki_free(&soon_over);
    close(old_with_time);
    close(old);
    int twice = stamped(with_time, &status, &detail);
    assert_int_equal(rule_at(twice, file, PKI_NOW, &report), RULE_NONE);
    assert_int_equal(report.stamps.count, 2);
    close(twice);
    close(with_time);
    close(beside);
    close(file);
}

static void the_first_authority_that_is_right_is_taken(void **state)
{
    (void)state;
    static const struct {
        enum authority_fault fault;
        const char *word;
    } faults[] = {
        {AUTHORITY_IS_SILENT, "nobody answers"},
        {AUTHORITY_SAYS_NONSENSE, "decoded"},
        {AUTHORITY_REFUSES, "granted no"},
        {AUTHORITY_STAMPS_ANOTHER, "something else"},
        {AUTHORITY_ANSWERS_ANOTHER, "another request"},
        {AUTHORITY_FORGES, "does not fit"},
        {AUTHORITY_HASHES_WEAKLY, "decoded"},
    };
    int file = file_of_words();
    int beside = signed_by(file, false, &pki.sign);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        enum status status;
        struct detail detail;
        wrong.fault = faults[i].fault;
        right.fault = AUTHORITY_IS_RIGHT;
        wrong.asked = right.asked = 0;
        int made = stamped(beside, &status, &detail);
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(wrong.asked, 1);
        assert_int_equal(right.asked, 1);
        close(made);
        right.fault = faults[i].fault;
        assert_int_equal(stamped(beside, &status, &detail), -1);
        assert_int_equal(status, STATUS_TIMESTAMP_UNAVAILABLE);
        if (strstr(detail.text, faults[i].word) == NULL) {
            fail_msg("%s", detail.text);
        }
    }
    right.fault = AUTHORITY_IS_RIGHT;
    close(beside);
    close(file);
}

static void only_authorities_stamp(void **state)
{
    (void)state;
    struct wish wishes[] = {authority_wish, authority_wish, authority_wish, authority_wish,
                            authority_wish};
    wishes[0].extended_key_usage = "timeStamping"; /* not critical */
    wishes[1].extended_key_usage = "critical,timeStamping,clientAuth";
    wishes[2].extended_key_usage = NULL;
    wishes[3].extended_key_usage = "critical,OCSPSigning";
    wishes[4].from_days = 10;
    wishes[4].until_days = -1;
    int file = file_of_words();
    int beside = signed_by(file, false, &pki.sign);
    const struct identity keep = right.identity;
    wrong.fault = AUTHORITY_IS_SILENT;
    for (size_t i = 0; i <= sizeof wishes / sizeof *wishes; i++) {
        enum status status;
        struct detail detail;
        bool is_stranger = i == sizeof wishes / sizeof *wishes;
        right.identity =
            is_stranger ? pki_issue(&authority_wish, NULL) : pki_issue(&wishes[i], &pki.root);
        assert_int_equal(stamped(beside, &status, &detail), -1);
        assert_int_equal(status, STATUS_TIMESTAMP_UNAVAILABLE);
        assert_non_null(strstr(detail.text, i < 4 ? "time-stamps alone" : "not trusted"));
        pki_free(&right.identity);
    }
    right.identity = keep;
    close(beside);
    close(file);
}

/* A time-stamp of another signature proves nothing of this one. */
static void a_borrowed_time_stamp_proves_nothing(void **state)
{
    (void)state;
    enum status status;
    struct detail detail;
    struct cades_report report;
    int file = file_of_words();
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    struct identity signer = pki_issue(&wish, &pki.sign_ca);
    int one = signed_by(file, false, &signer);
    int other = signed_by(file, false, &signer); /* ECDSA: another value */
    wrong.fault = AUTHORITY_IS_SILENT;
    int with_time = stamped(one, &status, &detail);
    assert_int_equal(status, STATUS_OK);
    size_t size;
    size_t other_size;
    uint8_t *bytes = sample_bytes(with_time, &size);
    uint8_t *other_bytes = sample_bytes(other, &other_size);
    struct cms_signature signature;
    const uint8_t *token;
    size_t token_size;
    uint8_t *der;
    size_t der_size;
    assert_int_equal(cms_signature_read(CMS_OF_FILE, bytes, size, &signature), RULE_NONE);
    assert_true(cms_signature_timestamp(&signature, 0, &token, &token_size));
    assert_true(cms_add_timestamp(other_bytes, other_size, token, token_size, &der, &der_size));
    int borrowed = sample_of_bytes(der, der_size);
    assert_int_equal(rule_at(borrowed, file, PKI_NOW, &report), RULE_NONE);
    assert_int_equal(report.stamps.count, 1);
    assert_int_equal(report.stamps.rule, RULE_TIMESTAMP_IMPRINT);
    cms_signature_free(&signature);
    OPENSSL_free(der);
    free(other_bytes);
    free(bytes);
    close(borrowed);
    close(with_time);
    close(other);
    close(one);
    close(file);
    pki_free(&signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_signed),
        cmocka_unit_test(what_does_not_belong_is_told),
        cmocka_unit_test(each_changed_byte_is_refused),
        cmocka_unit_test(a_file_that_changed_meanwhile_is_not_signed),
        cmocka_unit_test(a_time_stamp_proves_the_time),
        cmocka_unit_test(the_first_authority_that_is_right_is_taken),
        cmocka_unit_test(only_authorities_stamp),
        cmocka_unit_test(a_borrowed_time_stamp_proves_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
