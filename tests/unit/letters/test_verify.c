#include <openssl/cms.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/sample.h"

static struct pki pki;
static struct trust *trust;
static int letter;        /* what is signed */
static int signed_letter; /* by the citizen */

static int set_up(void **state)
{
    (void)state;
    pki_make(&pki, "P-256");
    trust = trust_load(pki.folder);
    letter = sample_letter(2);
    signed_letter = sample_signed(letter, &pki.sign, &pki.sign_ca, PKI_NOW);
    return trust == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    close(letter);
    close(signed_letter);
    trust_free(&trust);
    pki_remove(&pki);
    return 0;
}

static enum status verify(int document, struct pades_report *report)
{
    struct detail detail;
    enum status status = pades_verify(document, trust, PKI_NOW, report, &detail);
    assert_true((status == STATUS_OK) == (detail.text[0] == '\0'));
    return status;
}

/* Consumes the document. */
static void check(int document, enum rule expected)
{
    struct pades_report report;
    assert_int_equal(verify(document, &report), rule_text(expected)->status);
    assert_int_equal(report.rule, expected);
    close(document);
}

static void a_signed_letter_is_good(void **state)
{
    (void)state;
    struct pades_report report;
    struct detail detail;
    assert_int_equal(verify(signed_letter, &report), STATUS_OK);
    assert_int_equal(report.count, 1);
    assert_string_equal(report.signatures[0].signer.name, "ნინო ბერიძე");
    assert_int_equal(pades_check_original(signed_letter, letter, &detail), STATUS_OK);
}

static void an_unsigned_letter_is_told(void **state)
{
    (void)state;
    struct pades_report report;
    assert_int_equal(verify(letter, &report), STATUS_SIGNATURE_INVALID);
    assert_int_equal(report.count, 0);
}

/* The signature's hex digits, without the brackets. */
static uint8_t *find_contents(uint8_t *bytes, size_t size, uint8_t **end)
{
    static const char before[] = "/Contents <";
    uint8_t *found = memmem(bytes, size, before, strlen(before));
    assert_non_null(found);
    found += strlen(before);
    *end = memchr(found, '>', size - (size_t)(found - bytes));
    assert_non_null(*end);
    return found;
}

static void each_changed_byte_is_refused(void **state)
{
    (void)state;
    size_t size;
    uint8_t *bytes = sample_bytes(signed_letter, &size);
    uint8_t *end;
    const uint8_t *contents = find_contents(bytes, size, &end);
    for (size_t i = 0; i < size; i += 5) {
        if (bytes + i >= contents && bytes + i < end) {
            continue;
        }
        bytes[i] ^= 1;
        int changed = sample_of_bytes(bytes, size);
        struct pades_report report;
        assert_int_not_equal(verify(changed, &report), STATUS_OK);
        close(changed);
        bytes[i] ^= 1;
    }
    free(bytes);
}

/* An incremental update that puts other content on the first page. */
static int with_update(int document)
{
    size_t size;
    uint8_t *bytes = sample_bytes(document, &size);
    static const char object[] = "99 0 obj\n<< /Nothing true >>\nendobj\n";
    char update[512];
    const char *last = sample_after_last(bytes, size, "startxref\n");
    int length =
        snprintf(update, sizeof update,
                 "%sxref\n99 1\n%010zu 00000 n \n"
                 "trailer\n<< /Size 100 /Root 1 0 R /Prev %lu >>\nstartxref\n%zu\n%%%%EOF\n",
                 object, size, strtoul(last, NULL, 10), size + strlen(object));
    bytes = realloc(bytes, size + (size_t)length);
    assert_non_null(bytes);
    memcpy(bytes + size, update, (size_t)length);
    int updated = sample_of_bytes(bytes, size + (size_t)length);
    free(bytes);
    return updated;
}

static int made_letter(void)
{
    return sample_made("", "", NULL);
}

static void what_is_added_later_is_told(void **state)
{
    (void)state;
    int original = made_letter();
    int once = sample_signed(original, &pki.sign, &pki.sign_ca, PKI_NOW);
    int updated = with_update(once);
    struct pades_report report;
    struct detail detail;
    assert_int_equal(pades_verify(updated, trust, PKI_NOW, &report, &detail),
                     STATUS_SIGNATURE_INVALID);
    assert_non_null(strstr(detail.text, "added after"));
    assert_int_equal(report.count, 1);
    assert_int_equal(report.signatures[0].rule, RULE_PDF_ADDED_AFTER);
    assert_true(report.signatures[0].bytes_after > 100);
    int again = sample_signed(updated, &pki.sign, &pki.sign_ca, PKI_NOW);
    assert_int_equal(verify(again, &report), STATUS_OK);
    assert_int_equal(report.count, 2);
    assert_int_equal(report.signatures[0].rule, RULE_NONE);
    assert_true(report.signatures[0].bytes_after > report.signatures[1].bytes_after);
    close(again);
    close(updated);
    close(once);
    close(original);
}

/* Rule P4: the same beginning is not the same content. */
static void only_the_original_with_a_signature_is_accepted(void **state)
{
    (void)state;
    struct detail detail;
    int original = made_letter();
    int updated = with_update(original);
    int other = sample_signed(updated, &pki.sign, &pki.sign_ca, PKI_NOW);
    struct pades_report report;
    assert_int_equal(verify(other, &report), STATUS_OK);
    assert_int_equal(pades_check_original(other, updated, &detail), STATUS_OK);
    assert_int_equal(pades_check_original(other, original, &detail), STATUS_SIGNATURE_INVALID);
    assert_int_equal(pades_check_original(original, original, &detail), STATUS_SIGNATURE_INVALID);
    assert_int_equal(pades_check_original(signed_letter, original, &detail),
                     STATUS_SIGNATURE_INVALID);
    int more = with_update(other);
    assert_int_equal(pades_check_original(more, updated, &detail), STATUS_SIGNATURE_INVALID);
    close(more);
    close(other);
    close(updated);
    close(original);
}

static void wrong_signers_are_told_apart(void **state)
{
    (void)state;
    check(sample_signed(letter, &pki.login, &pki.login_ca, PKI_NOW), RULE_SIGNER_USE);
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    struct identity stranger = pki_issue(&wish, NULL);
    check(sample_signed(letter, &stranger, &pki.sign_ca, PKI_NOW), RULE_SIGNER_UNTRUSTED);
    pki_free(&stranger);
    wish.from_days = 10;
    wish.until_days = -1;
    struct identity late = pki_issue(&wish, &pki.sign_ca);
    check(sample_signed(letter, &late, &pki.sign_ca, PKI_NOW), RULE_SIGNER_EXPIRED);
    pki_free(&late);
    wish = pki_sign_wish;
    wish.key = "P-256";
    wish.common_name = NULL;
    struct identity nobody = pki_issue(&wish, &pki.sign_ca);
    check(sample_signed(letter, &nobody, &pki.sign_ca, PKI_NOW), RULE_SIGNER_UNNAMED);
    pki_free(&nobody);
}

/* A CMS of another shape in the same place. */
static int with_cms(CMS_ContentInfo *cms)
{
    size_t size;
    uint8_t *bytes = sample_bytes(signed_letter, &size);
    uint8_t *end;
    uint8_t *contents = find_contents(bytes, size, &end);
    uint8_t *der = NULL;
    int length = i2d_CMS_ContentInfo(cms, &der);
    assert_true(length > 0);
    assert_true(2 * (size_t)length < (size_t)(end - contents));
    memset(contents, '0', (size_t)(end - contents));
    for (int i = 0; i < length; i++) {
        char digits[3];
        snprintf(digits, sizeof digits, "%02x", der[i]);
        memcpy(contents + 2 * (size_t)i, digits, 2);
    }
    int document = sample_of_bytes(bytes, size);
    OPENSSL_free(der);
    free(bytes);
    return document;
}

/* What is signed of the signed letter. */
static BIO *covered(void)
{
    size_t size;
    uint8_t *bytes = sample_bytes(signed_letter, &size);
    uint8_t *end;
    const uint8_t *contents = find_contents(bytes, size, &end);
    BIO *content = BIO_new(BIO_s_mem());
    assert_true(BIO_write(content, bytes, (int)(contents - 1 - bytes)) > 0);
    assert_true(BIO_write(content, end + 1, (int)(bytes + size - end - 1)) > 0);
    free(bytes);
    return content;
}

static CMS_ContentInfo *openssl_cms(unsigned int flags, const EVP_MD *hash, int signers)
{
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY | flags);
    assert_non_null(cms);
    for (int i = 0; i < signers; i++) {
        unsigned int with_certificate = i == 0 ? flags : flags | CMS_NOCERTS;
        assert_non_null(
            CMS_add1_signer(cms, pki.sign.certificate, pki.sign.key, hash, with_certificate));
    }
    BIO *content = covered();
    assert_int_equal(CMS_final(cms, content, NULL, CMS_BINARY | flags), 1);
    BIO_free(content);
    return cms;
}

static void check_cms(unsigned int flags, const EVP_MD *hash, int signers, enum rule rule)
{
    CMS_ContentInfo *cms = openssl_cms(flags, hash, signers);
    int document = with_cms(cms);
    struct pades_report report;
    struct detail detail;
    assert_int_equal(pades_verify(document, trust, PKI_NOW, &report, &detail),
                     STATUS_SIGNATURE_INVALID);
    if (report.rule != rule) {
        fail_msg("%s, not %s", rule_text(report.rule)->name, rule_text(rule)->name);
    }
    CMS_ContentInfo_free(cms);
    close(document);
}

/* OpenSSL's own way adds signing-time, which shows that these get as far as they claim. */
static void other_shapes_of_cms_are_refused(void **state)
{
    (void)state;
    const unsigned int cades = CMS_DETACHED | CMS_CADES;
    check_cms(cades, EVP_sha256(), 1, RULE_CMS_SIGNING_TIME);
    check_cms(cades, EVP_sha256(), 2, RULE_CMS_SIGNERS);
    check_cms(cades, EVP_sha1(), 1, RULE_CMS_HASH);
    check_cms(CMS_CADES, EVP_sha256(), 1, RULE_CMS_SHAPE);
    check_cms(cades | CMS_NOCERTS, EVP_sha256(), 1, RULE_CMS_NO_CERTIFICATE);
    check_cms(CMS_DETACHED | CMS_NOATTR, EVP_sha256(), 1, RULE_CMS_CONTENT_TYPE);
}

static void what_stands_behind_the_cms_is_refused(void **state)
{
    (void)state;
    size_t size;
    uint8_t *bytes = sample_bytes(signed_letter, &size);
    uint8_t *end;
    (void)find_contents(bytes, size, &end);
    end[-1] = '1';
    check(sample_of_bytes(bytes, size), RULE_CMS_UNREADABLE);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_letter_is_good),
        cmocka_unit_test(an_unsigned_letter_is_told),
        cmocka_unit_test(each_changed_byte_is_refused),
        cmocka_unit_test(what_is_added_later_is_told),
        cmocka_unit_test(only_the_original_with_a_signature_is_accepted),
        cmocka_unit_test(wrong_signers_are_told_apart),
        cmocka_unit_test(other_shapes_of_cms_are_refused),
        cmocka_unit_test(what_stands_behind_the_cms_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
