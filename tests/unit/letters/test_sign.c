#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "letters/byte_range.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/sample.h"
#include "tests/unit/letters/tool.h"

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

static void check_by_ourselves(int document, size_t signatures)
{
    struct pades_report report;
    struct detail detail;
    enum status status = pades_verify(document, trust, PKI_NOW, &report, &detail);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", status_code(status), detail.text);
    }
    assert_int_equal(report.count, signatures);
    for (size_t i = 0; i < signatures; i++) {
        assert_int_equal(report.signatures[i].status, STATUS_OK);
        assert_string_equal(report.signatures[i].signer.personal_number, "01001012345");
        assert_string_equal(report.signatures[i].claimed_time, "20261123080000");
    }
    assert_int_equal(report.signatures[signatures - 1].bytes_after, 0);
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    while ((text = strstr(text, word)) != NULL) {
        text += strlen(word);
        count++;
    }
    return count;
}

static void check_by_poppler(int document, size_t signatures)
{
    char path[TOOL_PATH_MAX];
    char output[TOOL_OUTPUT_MAX];
    tool_path(document, path);
    tool_succeeds((const char *const[]){"pdfsig", "-nocert", path, NULL}, output);
    assert_int_equal(count_of(output, "Signature Validation: Signature is Valid."), signatures);
    assert_int_equal(count_of(output, "Total document signed"), 1);
    assert_int_equal(count_of(output, "ETSI.CAdES.detached"), signatures);
}

static void check_by_qpdf(int document)
{
    char path[TOOL_PATH_MAX];
    char output[TOOL_OUTPUT_MAX];
    tool_path(document, path);
    tool_succeeds((const char *const[]){"qpdf", "--check", path, NULL}, output);
    assert_null(strstr(output, "WARNING"));
}

/* The last signature's gap, found without our own reader. */
static struct byte_range last_range(const uint8_t *bytes, size_t size)
{
    char *next = (char *)(uintptr_t)sample_after_last(bytes, size, "/ByteRange [");
    unsigned long long numbers[4];
    for (size_t i = 0; i < 4; i++) {
        numbers[i] = strtoull(next, &next, 10);
    }
    return (struct byte_range){
        .gap_at = numbers[1], .gap_end = numbers[2], .end = numbers[2] + numbers[3]};
}

static void check_by_openssl(int document)
{
    size_t size;
    uint8_t *bytes = sample_bytes(document, &size);
    struct byte_range range = last_range(bytes, size);
    assert_int_equal(range.end, size);
    size_t cms_size;
    uint8_t *cms = byte_range_contents(&range, bytes, &cms_size);
    assert_non_null(cms);
    int cms_file = sample_of_bytes(cms, cms_size);
    memmove(bytes + range.gap_at, bytes + range.gap_end, (size_t)(range.end - range.gap_end));
    int content = sample_of_bytes(bytes, size - (size_t)(range.gap_end - range.gap_at));
    char cms_path[TOOL_PATH_MAX];
    char content_path[TOOL_PATH_MAX];
    char root[128];
    char output[TOOL_OUTPUT_MAX];
    tool_path(cms_file, cms_path);
    tool_path(content, content_path);
    snprintf(root, sizeof root, "%s/root.pem", pki.folder);
    tool_succeeds((const char *const[]){"openssl", "cms", "-verify", "-cades", "-binary", "-inform",
                                        "DER", "-in", cms_path, "-content", content_path, "-CAfile",
                                        root, "-purpose", "any", "-no_check_time", "-out",
                                        "/dev/null", NULL},
                  output);
    free(cms);
    free(bytes);
    close(cms_file);
    close(content);
}

static void check_signed(int document, size_t signatures)
{
    check_by_ourselves(document, signatures);
    check_by_poppler(document, signatures);
    check_by_qpdf(document);
    check_by_openssl(document);
}

static void sign_and_check(int document, const struct identity *signer)
{
    struct detail detail;
    int once = sample_signed(document, signer, &pki.sign_ca, PKI_NOW);
    check_signed(once, 1);
    assert_int_equal(pades_check_original(once, document, &detail), STATUS_OK);
    int twice = sample_signed(once, signer, &pki.sign_ca, PKI_NOW);
    check_signed(twice, 2);
    assert_int_equal(pades_check_original(twice, once, &detail), STATUS_OK);
    assert_int_equal(pades_check_original(twice, document, &detail), STATUS_SIGNATURE_INVALID);
    close(once);
    close(twice);
    close(document);
}

static void a_letter_is_signed(void **state)
{
    (void)state;
    sign_and_check(sample_letter(3), &pki.sign);
}

static void every_kind_of_file_is_signed(void **state)
{
    (void)state;
    static const char *const variants[][3] = {
        {"--object-streams=generate", NULL},
        {"--object-streams=disable", NULL},
        {"--linearize", NULL},
        {"--linearize", "--object-streams=generate", NULL},
        {"--qdf", NULL},
    };
    int letter = sample_letter(2);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        sign_and_check(sample_by_qpdf(letter, variants[i]), &pki.sign);
    }
    close(letter);
}

static void every_kind_of_key_signs(void **state)
{
    (void)state;
    static const char *const keys[] = {"RSA-3072", "P-256", "P-384"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct wish wish = pki_sign_wish;
        wish.key = keys[i];
        struct identity signer = pki_issue(&wish, &pki.sign_ca);
        sign_and_check(sample_letter(1), &signer);
        pki_free(&signer);
    }
}

static void forms_and_annotations_stay(void **state)
{
    (void)state;
    static const char *const objects[] = {
        "<< /Fields [5 0 R] /SigFlags 0 /DA (/Helv 0 Tf) >>",
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (Signature1) /V (A \\(b\\) \\\\) /F 4 "
        "/Rect [9 9 99 99] /P 3 0 R /M (D:20200101000000Z) >>",
        "[5 0 R]", NULL};
    sign_and_check(sample_made("/AcroForm 4 0 R", "/Annots [5 0 R]", objects), &pki.sign);
    sign_and_check(sample_made("/AcroForm 4 0 R", "/Annots 6 0 R", objects), &pki.sign);
    sign_and_check(sample_made("/AcroForm << /Fields [5 0 R] >>", "/Annots [5 0 R]", objects),
                   &pki.sign);
    sign_and_check(sample_made("/AcroForm << /Fields 6 0 R >>", "/Annots [5 0 R]", objects),
                   &pki.sign);
    sign_and_check(sample_made("",
                               "/Annots [ << /Type /Annot /Subtype /Link /Rect [1 1 2 2] /M "
                               "(D:20200101000000Z) >> ]",
                               objects),
                   &pki.sign);
}

/* Gives the number of fields whose value is a signature, and of all fields. */
static void count_fields(int document, size_t *with_signature, size_t *all)
{
    size_t size;
    uint8_t *bytes = sample_bytes(document, &size);
    const char *form = sample_after_last(bytes, size, "/Fields [");
    *all = 0;
    for (const char *c = form; *c != ']'; c++) {
        *all += *c == 'R';
    }
    *with_signature = 0;
    const uint8_t *next = bytes;
    while ((next = memmem(next, size - (size_t)(next - bytes), "/V ", 3)) != NULL) {
        next += 3;
        (*with_signature)++;
    }
    free(bytes);
}

static void a_place_in_the_form_is_signed(void **state)
{
    (void)state;
    static const struct {
        const char *terms;
        size_t fields;
    } variants[] = {
        {"", 1},
        {"/Lock << /Type /SigFieldLock /Action /All >>", 2},
        {"/SV << /Type /SV >>", 2},
        {"/Kids []", 2},
    };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        char field[256];
        snprintf(field, sizeof field,
                 "<< /Type /Annot /Subtype /Widget /FT /Sig /T (here) /F 4 /Rect [9 9 99 99] /P 3 "
                 "0 R %s >>",
                 variants[i].terms);
        const char *const objects[] = {field, NULL};
        int document = sample_made("/AcroForm << /Fields [4 0 R] >>", "/Annots [4 0 R]", objects);
        int once = sample_signed(document, &pki.sign, &pki.sign_ca, PKI_NOW);
        size_t with_signature;
        size_t all;
        check_signed(once, 1);
        count_fields(once, &with_signature, &all);
        assert_int_equal(with_signature, 1);
        assert_int_equal(all, variants[i].fields);
        close(once);
        sign_and_check(document, &pki.sign);
    }
}

static void a_file_without_a_last_line_end_is_signed(void **state)
{
    (void)state;
    int letter = sample_letter(1);
    size_t size;
    uint8_t *bytes = sample_bytes(letter, &size);
    assert_int_equal(bytes[size - 1], '\n');
    sign_and_check(sample_of_bytes(bytes, size - 1), &pki.sign);
    free(bytes);
    close(letter);
}

static void facts_are_told(void **state)
{
    (void)state;
    int letter = sample_letter(3);
    int prepared = sample_empty();
    struct pades *pades;
    struct detail detail;
    assert_int_equal(pades_prepare(letter, prepared, PKI_NOW, &pades, &detail), STATUS_OK);
    const struct pades_facts *facts = pades_facts(pades);
    size_t size;
    uint8_t *bytes = sample_bytes(prepared, &size);
    struct byte_range range = last_range(bytes, size);
    uint8_t digest[EVP_MAX_MD_SIZE];
    assert_true(byte_range_digest(&range, bytes, EVP_sha256(), digest));
    assert_int_equal(facts->pages, 3);
    assert_int_equal(facts->size, size);
    assert_memory_equal(facts->digest, digest, PADES_DIGEST_SIZE);
    assert_int_equal(facts->not_shown_count, 0);
    free(bytes);
    pades_free(&pades);
    close(prepared);
    close(letter);
}

/* Rule A6: what is signed is what was shown. */
static void a_changed_file_is_not_signed(void **state)
{
    (void)state;
    int letter = sample_letter(1);
    int prepared = sample_empty();
    struct pades *pades;
    struct detail detail;
    uint8_t *message;
    size_t size;
    uint8_t signature[1024];
    assert_int_equal(pades_prepare(letter, prepared, PKI_NOW, &pades, &detail), STATUS_OK);
    assert_int_equal(pades_attributes(pades, pki.sign.certificate, NULL, &message, &size, &detail),
                     STATUS_OK);
    size_t signature_size = sample_soft_sign(pki.sign.key, message, size, signature);
    OPENSSL_free(message);
    assert_int_equal(pwrite(prepared, "X", 1, 100), 1);
    assert_int_equal(pades_finish(pades, signature, signature_size, &detail),
                     STATUS_DOCUMENT_DAMAGED);
    assert_int_equal(pades_attributes(pades, pki.sign.certificate, NULL, &message, &size, &detail),
                     STATUS_DOCUMENT_DAMAGED);
    assert_int_equal(ftruncate(prepared, 10), 0);
    assert_int_equal(pades_finish(pades, signature, signature_size, &detail),
                     STATUS_DOCUMENT_DAMAGED);
    pades_free(&pades);
    close(prepared);
    close(letter);
}

static void a_wrong_signature_is_not_put_in(void **state)
{
    (void)state;
    int letter = sample_letter(1);
    int prepared = sample_empty();
    struct pades *pades;
    struct detail detail;
    uint8_t *message;
    size_t size;
    uint8_t signature[1024];
    assert_int_equal(pades_prepare(letter, prepared, PKI_NOW, &pades, &detail), STATUS_OK);
    assert_int_equal(pades_finish(pades, signature, 256, &detail), STATUS_BAD_REQUEST);
    assert_int_equal(pades_attributes(pades, pki.sign.certificate, NULL, &message, &size, &detail),
                     STATUS_OK);
    size_t signature_size = sample_soft_sign(pki.sign.key, message, size, signature);
    OPENSSL_free(message);
    size_t before_size;
    uint8_t *before = sample_bytes(prepared, &before_size);
    signature[7] ^= 1;
    assert_int_equal(pades_finish(pades, signature, signature_size, &detail),
                     STATUS_SIGNATURE_INVALID);
    assert_int_equal(pades_finish(pades, signature, 0, &detail), STATUS_BAD_REQUEST);
    assert_int_equal(pades_finish(pades, signature, 100000, &detail), STATUS_BAD_REQUEST);
    uint8_t *after = sample_bytes(prepared, &size);
    assert_int_equal(size, before_size);
    assert_memory_equal(before, after, size);
    signature[7] ^= 1;
    assert_int_equal(pades_finish(pades, signature, signature_size, &detail), STATUS_OK);
    free(before);
    free(after);
    pades_free(&pades);
    close(prepared);
    close(letter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_is_signed),
        cmocka_unit_test(every_kind_of_file_is_signed),
        cmocka_unit_test(every_kind_of_key_signs),
        cmocka_unit_test(forms_and_annotations_stay),
        cmocka_unit_test(a_place_in_the_form_is_signed),
        cmocka_unit_test(a_file_without_a_last_line_end_is_signed),
        cmocka_unit_test(facts_are_told),
        cmocka_unit_test(a_changed_file_is_not_signed),
        cmocka_unit_test(a_wrong_signature_is_not_put_in),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
