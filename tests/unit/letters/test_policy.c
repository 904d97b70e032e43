#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/sample.h"

/* Consumes the document. */
static void check(int document, enum status expected, const char *word)
{
    int prepared = sample_empty();
    struct pades *pades = NULL;
    struct detail detail;
    enum status status = pades_prepare(document, prepared, PKI_NOW, &pades, &detail);
    if (status != expected || (word != NULL && strstr(detail.text, word) == NULL)) {
        fail_msg("%s, not %s: %s", status_code(status), status_code(expected), detail.text);
    }
    assert_true((pades != NULL) == (status == STATUS_OK));
    pades_free(&pades);
    close(prepared);
    close(document);
}

static void check_catalogue(const char *catalogue, enum status expected, const char *word)
{
    check(sample_made(catalogue, "", NULL), expected, word);
}

static void check_page(const char *page, const char *object, enum status expected, const char *word)
{
    check(sample_made("", page, (const char *const[]){object, NULL}), expected, word);
}

static void scripts_and_actions_are_refused(void **state)
{
    (void)state;
    const enum status no = STATUS_POLICY_REFUSED;
    check_catalogue("/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", no, "JavaScript");
    check_catalogue("/Names << /JavaScript << /Names [(a) << /JS (x) >>] >> >>", no, "JavaScript");
    check_page("/AA << /O 4 0 R >>", "<< /S /Launch /F (calc.exe) >>", no, "starts a program");
    check_page("/AA << /O 4 0 R >>", "<< /S /GoTo /Next [<< /S /Hide /T (x) >>] >>", no, "hides");
    check_page("/AA << /O 4 0 R >>", "<< /S /SubmitForm /F (http://x) >>", no, "sends");
    check_page("/AA << /O 4 0 R >>", "<< /S /ImportData /F (x) >>", no, "imports");
    check_page("/AA << /O 4 0 R >>", "<< /S /SetOCGState /State [] >>", no, "layers");
    check_page("/AA << /O 4 0 R >>", "<< /S /#4aavaScript /J#53 (x) >>", no, "JavaScript");
    check_page(
        "/Annots [<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://x.ge) >> >>]",
        "<< >>", STATUS_OK, NULL);
}

static void content_from_elsewhere_is_refused(void **state)
{
    (void)state;
    const enum status no = STATUS_POLICY_REFUSED;
    check_page("/Contents 4 0 R", "<< /F (other) /Length 0 >>\nstream\n\nendstream", no,
               "another file");
    check_page("/Resources << /XObject << /X 4 0 R >> >>",
               "<< /Subtype /Form /BBox [0 0 9 9] /Ref << /F (o) /Page 0 >> /Length 0 >>\n"
               "stream\n\nendstream",
               no, "another file");
    check_page("/Resources << /XObject << /X 4 0 R >> >>",
               "<< /Subtype /Image /Alternates [] /Length 0 >>\nstream\n\nendstream", no,
               "alternate");
    check_page("/Resources << /XObject << /X 4 0 R >> >>",
               "<< /Subtype /PS /Length 0 >>\nstream\n\nendstream", no, "PostScript");
    check_page("/Annots [4 0 R]", "<< /Subtype /RichMedia /Rect [0 0 9 9] >>", no, "multimedia");
    check_page("/Annots [4 0 R]", "<< /Subtype /Movie /Rect [0 0 9 9] >>", no, "multimedia");
    check_catalogue("/AcroForm << /Fields [] /XFA [] >>", no, "XFA");
}

static void hidden_content_is_refused(void **state)
{
    (void)state;
    const enum status no = STATUS_POLICY_REFUSED;
    check_page("/Annots [4 0 R]", "<< /Subtype /Text /Rect [0 0 9 9] /F 2 >>", no, "hidden");
    check_page("/Annots [4 0 R]", "<< /Subtype /Text /Rect [0 0 9 9] /F 36 >>", no, "hidden");
    check_page("/Annots [4 0 R]", "<< /Subtype /Text /Rect [0 0 9 9] /F 4 >>", STATUS_OK, NULL);
    check_page("/Annots [4 0 R]", "<< /Subtype /Popup /Rect [0 0 9 9] /F 2 >>", STATUS_OK, NULL);
    check_catalogue("/OCProperties << /OCGs [] /D << /OFF [2 0 R] >> >>", no, "hidden layers");
    check_catalogue("/OCProperties << /OCGs [] /D << /BaseState /OFF >> >>", no, "hidden layers");
    check_catalogue("/OCProperties << /OCGs [] /D << /AS [] >> >>", no, "hidden layers");
    check_catalogue("/OCProperties << /OCGs [] /D << >> /Configs [] >>", no, "hidden layers");
    check_catalogue("/OCProperties << /OCGs [] /D << /OFF [] /BaseState /ON >> >>", STATUS_OK,
                    NULL);
    check_page("/Resources << /Properties << /O 4 0 R >> >>", "<< /Type /OCMD /P /AllOff >>", no,
               "hidden layers");
}

static void an_earlier_signature_may_forbid_changes(void **state)
{
    (void)state;
    static const char perms[] = "/Perms << /DocMDP << /Reference [<< /TransformMethod /DocMDP "
                                "/TransformParams << /P %c >> >>] >> >>";
    char catalogue[256];
    snprintf(catalogue, sizeof catalogue, perms, '1');
    check_catalogue(catalogue, STATUS_DOCUMENT_FORBIDS_CHANGE, "forbids");
    snprintf(catalogue, sizeof catalogue, perms, '2');
    check_catalogue(catalogue, STATUS_OK, NULL);
    check_catalogue(
        "/AcroForm << /Fields [<< /FT /Sig /T (a) /V << >> /Lock << /Type /SigFieldLock /Action "
        "/All /P 1 >> >>] >>",
        STATUS_DOCUMENT_FORBIDS_CHANGE, "forbids");
}

static void attachments_are_named(void **state)
{
    (void)state;
    int document = sample_made(
        "/Names << /EmbeddedFiles << /Names [(a) 4 0 R] >> >>", "",
        (const char *const[]){"<< /Type /Filespec /F (old) /UF <FEFF10D010D1202E002E0074> /EF << "
                              "/F 5 0 R >> >>",
                              "<< /Length 0 >>\nstream\n\nendstream", NULL});
    int prepared = sample_empty();
    struct pades *pades;
    struct detail detail;
    assert_int_equal(pades_prepare(document, prepared, PKI_NOW, &pades, &detail), STATUS_OK);
    assert_int_equal(pades_facts(pades)->not_shown_count, 1);
    assert_string_equal(pades_facts(pades)->not_shown[0], "აბ\xEF\xBF\xBD.t");
    pades_free(&pades);
    close(document);
    close(prepared);
}

static void encrypted_documents_are_refused(void **state)
{
    (void)state;
    int letter = sample_letter(1);
    static const char *const open[] = {"--encrypt", "", "owner", "256", "--", NULL};
    static const char *const closed[] = {"--encrypt", "user", "owner", "256", "--", NULL};
    check(sample_by_qpdf(letter, open), STATUS_DOCUMENT_ENCRYPTED, NULL);
    check(sample_by_qpdf(letter, closed), STATUS_DOCUMENT_ENCRYPTED, NULL);
    close(letter);
}

static void damaged_documents_are_refused(void **state)
{
    (void)state;
    const enum status no = STATUS_DOCUMENT_DAMAGED;
    int letter = sample_letter(1);
    size_t size;
    uint8_t *bytes = sample_bytes(letter, &size);
    check(sample_empty(), no, NULL);
    check(sample_of_bytes("%PDF-1.7\n", 9), no, NULL);
    check(sample_of_bytes("<html>startxref 0</html>", 24), no, "not a PDF");
    check(sample_of_bytes(bytes, size / 2), no, "startxref");
    check(sample_of_bytes(bytes + 1, size - 1), no, "not a PDF");
    uint8_t *xref = memmem(bytes, size, "\nxref", 5);
    assert_non_null(xref);
    xref[1] = 'X';
    check(sample_of_bytes(bytes, size), no, NULL);
    check_catalogue("/Names << /Dests 9999 0 R", no, NULL);
    check(sample_made("/Pages 5 0 R", "", NULL), no, NULL);
    check(sample_made("", "/Type /Nothing", NULL), no, NULL);
    check(sample_made("", "/Annots 4", NULL), no, NULL);
    check(sample_made("/AcroForm [1]", "", NULL), no, NULL);
    free(bytes);
    close(letter);
}

static void a_tree_of_pages_may_not_be_a_circle(void **state)
{
    (void)state;
    check(sample_made("/Pages 4 0 R", "",
                      (const char *const[]){"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", NULL}),
          STATUS_DOCUMENT_DAMAGED, NULL);
}

static void a_document_has_a_largest_size(void **state)
{
    (void)state;
    int large = sample_letter(1);
    assert_int_equal(ftruncate(large, (off_t)DOCUMENT_SIZE_MAX + 1), 0);
    check(large, STATUS_DOCUMENT_TOO_LARGE, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_and_actions_are_refused),
        cmocka_unit_test(content_from_elsewhere_is_refused),
        cmocka_unit_test(hidden_content_is_refused),
        cmocka_unit_test(an_earlier_signature_may_forbid_changes),
        cmocka_unit_test(attachments_are_named),
        cmocka_unit_test(encrypted_documents_are_refused),
        cmocka_unit_test(damaged_documents_are_refused),
        cmocka_unit_test(a_tree_of_pages_may_not_be_a_circle),
        cmocka_unit_test(a_document_has_a_largest_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
