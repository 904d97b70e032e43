/*
 * Signed letters that somebody manipulated, the published attacks on signed PDFs among them
 * (incremental saving, signature wrapping, universal forgery, shadow, evil annotation, sneaky
 * signature): none passes, and each is told by its rule.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "letters/byte_range.h"
#include "letters/cms.h"
#include "tests/unit/certs/pki.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/letters/sample.h"

#define CHANGES_MAX 4

static struct pki pki;
static struct identity second; /* another citizen */
static struct trust *trust;
static bool is_seen[RULE_COUNT];
static size_t failures; /* all are told before the test fails */

/*
 * The letter: 4 its content, 5 a font, 6 a text field, 7 the form, 8 a note, 9 an empty place for
 * a signature that can be seen, 10 a content that nothing shows yet. The signature is 11, its field
 * 12.
 */
static const char *const objects[] = {
    "<< /Length 47 >>\nstream\nBT /F 12 Tf 72 720 Td (I owe you 100 GEL) Tj ET\nendstream",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Nino) /F 4 /Rect [72 600 200 620] "
    "/P 3 0 R >>",
    "<< /Fields [6 0 R 9 0 R] /DA (/F 12 Tf) /DR << /Font << /F 5 0 R >> >> >>",
    "<< /Type /Annot /Subtype /Text /Contents (a note) /F 4 /Rect [300 600 320 620] >>",
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (place) /F 4 /Rect [72 100 300 200] /P 3 0 R "
    "/Lock << /Type /SigFieldLock /Action /All >> >>",
    "<< /Length 47 >>\nstream\nBT /F 12 Tf 72 720 Td (I owe you 999 GEL) Tj ET\nendstream",
    NULL,
};
static const char page[] =
    "/Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> /Annots [6 0 R 8 0 R 9 0 R]";

static int make_letter(const char *catalogue)
{
    char additions[512];
    snprintf(additions, sizeof additions, "/AcroForm 7 0 R %s", catalogue);
    return sample_made(additions, page, objects);
}

static int certified(int permission)
{
    char catalogue[256];
    snprintf(catalogue, sizeof catalogue,
             "/Perms << /DocMDP << /Reference [<< /TransformMethod /DocMDP /TransformParams << /P "
             "%d >> >>] >> >>",
             permission);
    return make_letter(catalogue);
}

static int sign(int letter, const struct identity *signer)
{
    int signed_letter = sample_signed(letter, signer, &pki.sign_ca, PKI_NOW);
    close(letter);
    return signed_letter;
}

static int signed_letter(void)
{
    return sign(make_letter(""), &pki.sign);
}

static int set_up(void **state)
{
    (void)state;
    pki_make(&pki, "P-256");
    struct wish wish = pki_sign_wish;
    wish.key = "P-256";
    wish.common_name = "სხვა მოქალაქე";
    second = pki_issue(&wish, &pki.sign_ca);
    trust = trust_load(pki.folder);
    return trust == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    pki_free(&second);
    trust_free(&trust);
    pki_remove(&pki);
    return 0;
}

/* Verifies and closes; `which` is told apart from the verdict on the document. */
static void check(const char *name, int document, size_t which, enum rule expected)
{
    struct pades_report report;
    struct detail detail;
    enum status status = pades_verify(document, trust, PKI_NOW, &report, &detail);
    close(document);
    enum rule found = which < report.count ? report.signatures[which].rule : report.rule;
    if (found != expected) {
        print_error("%s: %s %s, not %s\n", name, rule_text(found)->name, detail.text,
                    rule_text(expected)->name);
        failures++;
    }
    if (expected != RULE_NONE && which + 1 >= report.count) {
        assert_int_not_equal(status, STATUS_OK);
        assert_int_not_equal(rule_text(report.rule)->verdict, VERDICT_TOTAL_PASSED);
    }
    is_seen[expected] = true;
}

static void the_letter_itself_is_good(void **state)
{
    (void)state;
    check("as signed", signed_letter(), 0, RULE_NONE);
    check("signed twice", sign(signed_letter(), &second), 0, RULE_NONE);
    int unsigned_letter = make_letter("");
    check("not signed", unsigned_letter, 0, RULE_NOT_SIGNED);
    assert_int_equal(failures, 0);
}

struct update {
    const char *name;
    enum rule rule;
    const char *changes[CHANGES_MAX];
};

#define CATALOGUE "1 << /Type /Catalog /Pages 2 0 R /AcroForm 7 0 R "
#define PAGE "3 << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
#define PAGE_REST "/Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> "
#define ANNOTATIONS "/Annots [6 0 R 8 0 R 9 0 R 12 0 R"
#define SIGNATURE_FIELD "<< /Type /Annot /Subtype /Widget /FT /Sig /T (more) /F 132 /P 3 0 R /Rect "
#define OTHER_TEXT                                                                                 \
    "<< /Length 47 >>\nstream\nBT /F 12 Tf 72 720 Td (I owe you 000 GEL) Tj ET\nendstream"

/* Updates without a signature. The form as the signature left it has the fields 6, 9 and 12. */
static const struct update updates[] = {
    /* incremental saving: the content itself */
    {"text replaced", RULE_PDF_CONTENT_CHANGED, {"4 " OTHER_TEXT}},
    {"text emptied", RULE_PDF_CONTENT_CHANGED, {"4 << /Length 0 >>\nstream\n\nendstream"}},
    {"text is no stream", RULE_PDF_CONTENT_CHANGED, {"4 << /Length 47 >>"}},
    {"text removed", RULE_PDF_CONTENT_CHANGED, {"4 free"}},
    {"text filtered otherwise",
     RULE_PDF_CONTENT_CHANGED,
     {"4 << /Length 3 /Filter /ASCIIHexDecode >>\nstream\n20>\nendstream"}},
    {"font replaced",
     RULE_PDF_CONTENT_CHANGED,
     {"5 << /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"}},
    {"font encoded otherwise",
     RULE_PDF_CONTENT_CHANGED,
     {"5 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [49 "
      "/nine] >> >>"}},
    {"font removed", RULE_PDF_CONTENT_CHANGED, {"5 free"}},
    {"page shows another text",
     RULE_PDF_CONTENT_CHANGED,
     {PAGE "/Contents 10 0 R /Resources << /Font << /F 5 0 R >> >> " ANNOTATIONS "] >>"}},
    {"page shows two texts",
     RULE_PDF_CONTENT_CHANGED,
     {PAGE "/Contents [4 0 R 10 0 R] /Resources << /Font << /F 5 0 R >> >> " ANNOTATIONS "] >>"}},
    {"page without text", RULE_PDF_CONTENT_CHANGED, {PAGE ANNOTATIONS "] >>"}},
    {"page without fonts", RULE_PDF_CONTENT_CHANGED, {PAGE "/Contents 4 0 R " ANNOTATIONS "] >>"}},
    {"page turned", RULE_PDF_CONTENT_CHANGED, {PAGE PAGE_REST ANNOTATIONS "] /Rotate 180 >>"}},
    {"page cropped",
     RULE_PDF_CONTENT_CHANGED,
     {PAGE PAGE_REST ANNOTATIONS "] /CropBox [0 0 9 9] >>"}},
    {"page in other units",
     RULE_PDF_CONTENT_CHANGED,
     {PAGE PAGE_REST ANNOTATIONS "] /UserUnit 100 >>"}},
    {"page with an action",
     RULE_PDF_CONTENT_CHANGED,
     {PAGE PAGE_REST ANNOTATIONS "] /AA << /O << /S /JavaScript /JS (x) >> >> >>"}},
    {"page grouped",
     RULE_PDF_CONTENT_CHANGED,
     {PAGE PAGE_REST ANNOTATIONS "] /Group << /S /Transparency >> >>"}},
    {"page resized",
     RULE_PDF_CONTENT_CHANGED,
     {"3 << /Type /Page /Parent 2 0 R /MediaBox [0 0 5 8] " PAGE_REST ANNOTATIONS "] >>"}},
    {"page removed", RULE_PDF_UNREADABLE, {"3 free"}},
    {"page added",
     RULE_PDF_CONTENT_CHANGED,
     {"2 << /Type /Pages /Kids [3 0 R 20 0 R] /Count 2 >>",
      "20 << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 10 0 R >>"}},
    {"page replaced",
     RULE_PDF_CONTENT_CHANGED,
     {"2 << /Type /Pages /Kids [20 0 R] /Count 1 >>",
      "20 << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 10 0 R >>"}},
    {"page shown twice", RULE_PDF_UNREADABLE, {"2 << /Type /Pages /Kids [3 0 R 3 0 R 21 0 R] >>"}},
    {"page size inherited",
     RULE_PDF_CONTENT_CHANGED,
     {"2 << /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 90 >>"}},
    /* the catalogue */
    {"script at opening",
     RULE_PDF_CONTENT_CHANGED,
     {CATALOGUE "/OpenAction << /S /JavaScript /JS (x) >> >>"}},
    {"scripts by name",
     RULE_PDF_CONTENT_CHANGED,
     {CATALOGUE "/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (x) >>] >> >> >>"}},
    {"attachment",
     RULE_PDF_CONTENT_CHANGED,
     {CATALOGUE "/Names << /EmbeddedFiles << /Names [] >> >> >>"}},
    {"layers",
     RULE_PDF_CONTENT_CHANGED,
     {CATALOGUE "/OCProperties << /OCGs [] /D << /BaseState /OFF >> >> >>"}},
    {"actions", RULE_PDF_CONTENT_CHANGED, {CATALOGUE "/AA << /WP << /S /Named /N /Print >> >> >>"}},
    {"viewer", RULE_PDF_CONTENT_CHANGED, {CATALOGUE "/ViewerPreferences << /Direction /R2L >> >>"}},
    {"outlines", RULE_PDF_CONTENT_CHANGED, {CATALOGUE "/Outlines << >> >>"}},
    {"portfolio", RULE_PDF_CONTENT_CHANGED, {CATALOGUE "/Collection << >> >>"}},
    {"page tree",
     RULE_PDF_CONTENT_CHANGED,
     {"1 << /Type /Catalog /Pages 20 0 R /AcroForm 7 0 R >>",
      "20 << /Type /Pages /Kids [21 0 R] /Count 1 >>",
      "21 << /Type /Page /Parent 20 0 R /MediaBox [0 0 595 842] /Contents 10 0 R >>"}},
    {"permissions", RULE_PDF_CONTENT_CHANGED, {CATALOGUE "/Perms << >> >>"}},
    {"threads", RULE_PDF_CONTENT_CHANGED, {CATALOGUE "/Threads [] >>"}},
    {"metadata",
     RULE_PDF_CONTENT_CHANGED,
     {CATALOGUE "/Metadata 20 0 R >>",
      "20 << /Type /Metadata /Subtype /XML /Length 0 >>\nstream\n\nendstream"}},
    /* the form */
    {"form removed", RULE_PDF_CONTENT_CHANGED, {"1 << /Type /Catalog /Pages 2 0 R >>"}},
    {"form without its fields", RULE_PDF_CONTENT_CHANGED, {"7 << /Fields [] /SigFlags 3 >>"}},
    {"appearances made anew",
     RULE_PDF_CONTENT_CHANGED,
     {"7 << /Fields [6 0 R 9 0 R 12 0 R] /DA (/F 12 Tf) /DR << /Font << /F 5 0 R >> >> "
      "/SigFlags 3 /NeedAppearances true >>"}},
    {"dynamic form",
     RULE_PDF_CONTENT_CHANGED,
     {"7 << /Fields [6 0 R 9 0 R 12 0 R] /DA (/F 12 Tf) /DR << /Font << /F 5 0 R >> >> "
      "/SigFlags 3 /XFA [] >>"}},
    {"default looks",
     RULE_PDF_CONTENT_CHANGED,
     {"7 << /Fields [6 0 R 9 0 R 12 0 R] /DA (/F 1 Tf) /DR << /Font << /F 5 0 R >> >> "
      "/SigFlags 3 >>"}},
    {"value changed",
     RULE_PDF_FORM_CHANGED,
     {"6 << /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Luka) /F 4 /Rect [72 600 200 "
      "620] /P 3 0 R >>"}},
    {"looks of a value changed",
     RULE_PDF_FORM_CHANGED,
     {"6 << /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Nino) /F 4 /Rect [72 600 200 "
      "620] /P 3 0 R /AP << /N 20 0 R >> >>",
      "20 << /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 0 >>\nstream\n\nendstream"}},
    {"field moved",
     RULE_PDF_ANNOTATED,
     {"6 << /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Nino) /F 4 /Rect [0 0 595 842] "
      "/P 3 0 R >>"}},
    {"field hidden",
     RULE_PDF_ANNOTATED,
     {"6 << /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Nino) /F 2 /Rect [72 600 200 "
      "620] /P 3 0 R >>"}},
    {"field added",
     RULE_PDF_FORM_CHANGED,
     {"7 << /Fields [6 0 R 9 0 R 12 0 R 20 0 R] /DA (/F 12 Tf) /DR << /Font << /F 5 0 R >> >> "
      "/SigFlags 3 >>",
      "20 << /FT /Tx /T (other) /V (x) >>"}},
    /* annotations: evil annotation, shadow hide */
    {"note added",
     RULE_PDF_ANNOTATED,
     {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>",
      "20 << /Type /Annot /Subtype /FreeText /Rect [72 700 300 740] /Contents (999) >>"}},
    {"note added in place",
     RULE_PDF_ANNOTATED,
     {PAGE PAGE_REST ANNOTATIONS " << /Type /Annot /Subtype /Stamp /Rect [0 0 9 9] >>] >>"}},
    {"stamp added first",
     RULE_PDF_ANNOTATED,
     {PAGE PAGE_REST "/Annots [20 0 R 6 0 R 8 0 R 9 0 R 12 0 R] >>",
      "20 << /Type /Annot /Subtype /Stamp /Rect [72 700 300 740] >>"}},
    {"link added",
     RULE_PDF_ANNOTATED,
     {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>",
      "20 << /Type /Annot /Subtype /Link /Rect [0 0 595 842] /A << /S /URI /URI (http://x) >> >>"}},
    {"note changed",
     RULE_PDF_ANNOTATED,
     {"8 << /Type /Annot /Subtype /Text /Contents (another) /F 4 /Rect [300 600 320 620] >>"}},
    {"note hidden",
     RULE_PDF_ANNOTATED,
     {"8 << /Type /Annot /Subtype /Text /Contents (a note) /F 2 /Rect [300 600 320 620] >>"}},
    {"note taken off the page",
     RULE_PDF_CONTENT_CHANGED,
     {PAGE PAGE_REST "/Annots [6 0 R 9 0 R 12 0 R] >>"}},
    {"notes in another order",
     RULE_PDF_CONTENT_CHANGED,
     {PAGE PAGE_REST "/Annots [8 0 R 6 0 R 9 0 R 12 0 R] >>"}},
    {"all notes removed", RULE_PDF_CONTENT_CHANGED, {PAGE PAGE_REST ">>"}},
    {"note freed", RULE_PDF_CONTENT_CHANGED, {"8 free"}},
    {"notes are no list", RULE_PDF_CONTENT_CHANGED, {PAGE PAGE_REST "/Annots << >> >>"}},
    /* sneaky signature: fields for signatures that can be seen */
    {"place for a signature over the text",
     RULE_PDF_OVERLAID,
     {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>", "20 " SIGNATURE_FIELD "[72 700 300 740] >>"}},
    {"place for a signature without a size",
     RULE_PDF_OVERLAID,
     {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>", "20 " SIGNATURE_FIELD "[] >>"}},
    {"place for a signature with an action",
     RULE_PDF_ANNOTATED,
     {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>",
      "20 " SIGNATURE_FIELD "[0 0 0 0] /A << /S /JavaScript /JS (x) >> >>"}},
    {"place for a signature with others below",
     RULE_PDF_ANNOTATED,
     {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>",
      "20 " SIGNATURE_FIELD "[0 0 0 0] /Kids [8 0 R] >>"}},
    {"empty place shows something",
     RULE_PDF_OVERLAID,
     {"9 << /Type /Annot /Subtype /Widget /FT /Sig /T (place) /F 4 /Rect [72 100 300 200] /P 3 0 "
      "R /AP << /N 20 0 R >> /Lock << /Type /SigFieldLock /Action /All >> >>",
      "20 << /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 0 >>\nstream\n\nendstream"}},
    {"empty place moved",
     RULE_PDF_CONTENT_CHANGED,
     {"9 << /Type /Annot /Subtype /Widget /FT /Sig /T (place) /F 4 /Rect [0 0 595 842] /P 3 0 R "
      "/Lock << /Type /SigFieldLock /Action /All >> >>"}},
    {"empty place unlocked",
     RULE_PDF_CONTENT_CHANGED,
     {"9 << /Type /Annot /Subtype /Widget /FT /Sig /T (place) /F 4 /Rect [72 100 300 200] /P 3 0 "
      "R >>"}},
    /* the signature itself: universal forgery by an update */
    {"signature's field emptied", RULE_NOT_SIGNED, {"12 << /FT /Sig /T (Signature1) >>"}},
    {"signature is nothing", RULE_NOT_SIGNED, {"11 null"}},
    {"signature is empty", RULE_PDF_NOT_A_SIGNATURE, {"11 << >>"}},
    {"signature is a number", RULE_PDF_NOT_A_SIGNATURE, {"11 1"}},
    {"signature is a list", RULE_PDF_NOT_A_SIGNATURE, {"11 []"}},
    {"signature without a range",
     RULE_PDF_NOT_A_SIGNATURE,
     {"11 << /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <00> >>"}},
    {"signature without contents",
     RULE_PDF_NOT_A_SIGNATURE,
     {"11 << /Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 1 2 3] >>"}},
    {"signature with nothing as range",
     RULE_PDF_NOT_A_SIGNATURE,
     {"11 << /Type /Sig /ByteRange null /Contents <00> >>"}},
    {"signature with nothing as contents",
     RULE_PDF_NOT_A_SIGNATURE,
     {"11 << /Type /Sig /ByteRange [0 1 2 3] /Contents null >>"}},
    {"signature over nothing",
     RULE_PDF_BYTE_RANGE,
     {"11 << /Type /Sig /ByteRange [0 0 0 0] /Contents <00> >>"}},
    {"signature over a little",
     RULE_PDF_BYTE_RANGE,
     {"11 << /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>"}},
    /* what nobody signed, even where nothing can be seen */
    {"place for a signature that cannot be seen",
     RULE_PDF_ADDED_AFTER,
     {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>", "20 " SIGNATURE_FIELD "[0 0 0 0] >>"}},
    {"object that nothing mentions", RULE_PDF_ADDED_AFTER, {"20 << >>"}},
    {"extension", RULE_PDF_ADDED_AFTER, {CATALOGUE "/Extensions << >> >>"}},
    {"nothing", RULE_PDF_UNREADABLE, {NULL}},
    /* and what may be added */
    {"data for later checks",
     RULE_NONE,
     {CATALOGUE "/DSS 20 0 R >>", "20 << /Type /DSS /Certs [] >>"}},
};

static void each_update_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
        int letter = signed_letter();
        check(updates[i].name, sample_updated(letter, 1, updates[i].changes), 0, updates[i].rule);
        close(letter);
    }
    assert_int_equal(failures, 0);
}

/* A later signer does not make it good for the first, whose signature is the first then. */
static void a_later_signature_heals_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
        enum rule rule = updates[i].rule;
        int letter = signed_letter();
        int updated = sample_updated(letter, 1, updates[i].changes);
        int prepared = sample_empty();
        struct pades *pades = NULL;
        struct detail detail;
        bool is_taken = pades_prepare(updated, prepared, PKI_NOW, &pades, &detail) == STATUS_OK;
        pades_free(&pades);
        close(prepared);
        if (is_taken && rule != RULE_NOT_SIGNED && rule != RULE_PDF_NOT_A_SIGNATURE &&
            rule != RULE_PDF_BYTE_RANGE) {
            int again = sample_signed(updated, &second, &pki.sign_ca, PKI_NOW);
            check(updates[i].name, again, 0, rule == RULE_PDF_ADDED_AFTER ? RULE_NONE : rule);
        }
        close(updated);
        close(letter);
    }
    assert_int_equal(failures, 0);
}

/* Shadow attacks: what the letter held before it was signed is brought forward by the table alone.
 */
static void what_was_prepared_is_not_brought_forward(void **state)
{
    (void)state;
    int letter = signed_letter();
    size_t size;
    uint8_t *bytes = sample_bytes(letter, &size);
    const uint8_t *hidden = memmem(bytes, size, "10 0 obj", strlen("10 0 obj"));
    char change[64];
    /* "0 obj" of number 10 cannot be read as 4: qpdf must not mend it */
    snprintf(change, sizeof change, "4 @ %zu", (size_t)(hidden - bytes));
    check("hidden text under the text's number",
          sample_updated(letter, 1, (const char *const[]){change, NULL}), 0, RULE_PDF_UNREADABLE);
    const uint8_t *catalogue = memmem(bytes, size, "2 0 obj", strlen("2 0 obj"));
    snprintf(change, sizeof change, "2 @ %zu", (size_t)(catalogue - bytes));
    check("the same again", sample_updated(letter, 1, (const char *const[]){change, NULL}), 0,
          RULE_PDF_ADDED_AFTER);
    free(bytes);
    check("another catalogue",
          sample_updated(
              letter, 20,
              (const char *const[]){"20 << /Type /Catalog /Pages 2 0 R /AcroForm 7 0 R >>", NULL}),
          0, RULE_PDF_CONTENT_CHANGED);
    close(letter);
    assert_int_equal(failures, 0);
}

static void a_certified_letter_keeps_its_terms(void **state)
{
    (void)state;
    static const char *const note[] = {
        PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>",
        "20 << /Type /Annot /Subtype /FreeText /Rect [72 700 300 740] /Contents (999) >>", NULL};
    static const char *const field[] = {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>",
                                        "20 " SIGNATURE_FIELD "[0 0 0 0] >>", NULL};
    static const char *const value[] = {
        "6 << /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Luka) /F 4 /Rect [72 600 200 "
        "620] /P 3 0 R >>",
        NULL};
    static const char *const overlay[] = {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>",
                                          "20 " SIGNATURE_FIELD "[72 700 300 740] >>", NULL};
    static const struct {
        int permission;
        const char *const *changes;
        enum rule rule;
    } cases[] = {
        {2, note, RULE_PDF_CHANGE_FORBIDDEN}, {2, field, RULE_PDF_ADDED_AFTER},
        {2, value, RULE_PDF_FORM_CHANGED},    {2, overlay, RULE_PDF_OVERLAID},
        {3, note, RULE_PDF_ANNOTATED},        {3, field, RULE_PDF_ADDED_AFTER},
        {3, value, RULE_PDF_FORM_CHANGED},    {3, overlay, RULE_PDF_OVERLAID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int letter = sign(certified(cases[i].permission), &pki.sign);
        check("certified", sample_updated(letter, 1, cases[i].changes), 0, cases[i].rule);
        close(letter);
    }
    assert_int_equal(failures, 0);
}

/* Bytes behind the end that no update accounts for: a reader that mends files shows them. */
static void bytes_behind_the_end_are_told(void **state)
{
    (void)state;
    static const char *const endings[] = {
        "\n",
        "% a comment\n",
        "4 0 obj\n" OTHER_TEXT "\nendobj\n",
        "%%EOF\n",
        "4 0 obj\n" OTHER_TEXT "\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n",
        "4 0 obj\n" OTHER_TEXT "\nendobj\nxref\n",
    };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        int letter = signed_letter();
        assert_int_equal(write(letter, "", 0), 0);
        assert_true(lseek(letter, 0, SEEK_END) > 0);
        assert_int_equal(write(letter, endings[i], strlen(endings[i])),
                         (ssize_t)strlen(endings[i]));
        check(endings[i], letter, 0, RULE_PDF_ADDED_AFTER);
    }
    assert_int_equal(failures, 0);
}

/* The signature's dictionary edited where it stands; ByteRange and Contents are in none of it. */
static void an_edited_dictionary_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *old;
        const char *new;
        enum rule rule;
    } edits[] = {
        {"/SubFilter /ETSI.CAdES.detached", "/SubFilter /adbe.pkcs7.detached", RULE_PDF_SUBFILTER},
        {"/SubFilter /ETSI.CAdES.detached", "/SubFilter /adbe.pkcs7.sha1    ", RULE_PDF_SUBFILTER},
        {"/SubFilter /ETSI.CAdES.detached", "/SubFilter /ETSI.RFC3161       ",
         RULE_TIMESTAMP_UNREADABLE},
        {"/SubFilter /ETSI.CAdES.detached", "/Cert (x) /xxx /xxxxx.detached ", RULE_PDF_SUBFILTER},
        {"/Filter /Adobe.PPKLite ", "/Cert (somebody else)  ", RULE_PDF_CERT},
        {"/ByteRange [0 ", "/ByteRange [1 ", RULE_PDF_BYTE_RANGE},
        {"/ByteRange [0 ", "/ByteRange [- ", RULE_PDF_BYTE_RANGE},
        {"/ByteRange [0 ", "/ByteRange [  ", RULE_PDF_BYTE_RANGE},
        {"/ByteRange [0 ", "/ByteRange (0 ", RULE_PDF_NOT_A_SIGNATURE},
        {"/ByteRange [0 ", "/ByteRangx [0 ", RULE_PDF_NOT_A_SIGNATURE},
        {"/Contents <30", "/Contentx <30", RULE_PDF_NOT_A_SIGNATURE},
        {"/Contents <30", "/Contents <31", RULE_CMS_UNREADABLE},
        {"/Contents <30", "/Contents <00", RULE_CMS_UNREADABLE},
        {"/M (D:2026", "/M (D:2016", RULE_CMS_DIGEST},
        {"I owe you 100 GEL", "I owe you 900 GEL", RULE_CMS_DIGEST},
    };
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        int letter = signed_letter();
        int edited = sample_replaced(letter, edits[i].old, edits[i].new);
        struct pades_report report;
        struct detail detail;
        if (pades_verify(edited, trust, PKI_NOW, &report, &detail) == STATUS_DOCUMENT_DAMAGED) {
            close(edited); /* a bracket was taken away */
        } else {
            check(edits[i].new, edited, 0, edits[i].rule);
        }
        close(letter);
    }
    assert_int_equal(failures, 0);
}

/* Moves the numbers of the range behind the first; there is room for ten digits each. */
static uint8_t *with_range_moved(int letter, const long moves[3], size_t *size)
{
    uint8_t *bytes = sample_bytes(letter, size);
    char *at = (char *)(uintptr_t)sample_after_last(bytes, *size, "/ByteRange [");
    char *next = at;
    long numbers[4];
    for (size_t i = 0; i < 4; i++) {
        numbers[i] = strtol(next, &next, 10);
    }
    char text[64];
    int length = snprintf(text, sizeof text, "%ld %ld %ld %ld]", numbers[0], numbers[1] + moves[0],
                          numbers[2] + moves[1], numbers[3] + moves[2]);
    memset(at, ' ', (size_t)(next + 1 - at));
    memcpy(at, text, (size_t)length);
    return bytes;
}

/* Signature wrapping: the gap holds more than the signature, or less. */
static void a_moved_range_is_told(void **state)
{
    (void)state;
    static const long moves[][3] = {
        {1, 0, 0},  {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {-20, 0, 0}, {0, 20, 0},    {-1, 1, 0},
        {-9, 9, 0}, {0, 0, 1},  {3, 0, 0}, {0, -2, 0}, {0, 2, -2},  {-1000, 0, 0}, {0, 0, 1000},
    };
    int letter = signed_letter();
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        size_t size;
        uint8_t *bytes = with_range_moved(letter, moves[i], &size);
        check("moved range", sample_of_bytes(bytes, size), 0, RULE_PDF_BYTE_RANGE);
        free(bytes);
    }
    close(letter);
    assert_int_equal(failures, 0);
}

/* A signature dictionary copied with its range and its contents: both cover the same bytes. */
static void a_copied_signature_is_told(void **state)
{
    (void)state;
    int letter = signed_letter();
    size_t size;
    uint8_t *bytes = sample_bytes(letter, &size);
    const char *dictionary = sample_after_last(bytes, size, "11 0 obj\n");
    const char *end = strstr(dictionary, "\nendobj");
    char *copy = NULL;
    assert_true(asprintf(&copy, "20 %.*s", (int)(end - dictionary), dictionary) > 0);
    const char *const changes[] = {CATALOGUE "/DSS << /More 20 0 R >> >>", copy, NULL};
    check("copied", sample_updated(letter, 1, changes), 0, RULE_PDF_SAME_COVERAGE);
    char *contents = strstr(copy, "/Contents <");
    assert_non_null(contents);
    contents[strlen("/Contents <")] = '4';
    memcpy(copy, "11", 2);
    const char *const other[] = {copy, NULL};
    check("other contents", sample_updated(letter, 1, other), 0, RULE_PDF_GAP);
    free(copy);
    free(bytes);
    close(letter);
    assert_int_equal(failures, 0);
}

/* Signs what the range now says, as somebody with a card of their own can. */
static int signed_anew(uint8_t *bytes, size_t size)
{
    char *next = (char *)(uintptr_t)sample_after_last(bytes, size, "/ByteRange [");
    long long numbers[4];
    for (size_t i = 0; i < 4; i++) {
        numbers[i] = strtoll(next, &next, 10);
    }
    struct byte_range range;
    uint8_t digest[EVP_MAX_MD_SIZE];
    uint8_t signature[1024];
    uint8_t *message;
    uint8_t *der;
    size_t message_size;
    size_t der_size;
    assert_true(byte_range_read(numbers, bytes, size, &range));
    assert_true(byte_range_digest(&range, bytes, EVP_sha256(), digest));
    const struct cms_parts parts = {
        .kind = CMS_OF_PDF, .signer = pki.sign.certificate, .digest = digest};
    CMS_ContentInfo *cms = cms_begin(&parts);
    assert_true(cms_attributes(cms, &message, &message_size));
    size_t signature_size = sample_soft_sign(pki.sign.key, message, message_size, signature);
    assert_true(cms_complete(cms, signature, signature_size, &der, &der_size));
    memset(bytes + range.gap_at + 1, '0', (size_t)(range.gap_end - range.gap_at) - 2);
    for (size_t i = 0; i < der_size; i++) {
        char digits[3];
        snprintf(digits, sizeof digits, "%02x", der[i]);
        memcpy(bytes + range.gap_at + 1 + 2 * i, digits, 2);
    }
    OPENSSL_free(der);
    OPENSSL_free(message);
    CMS_ContentInfo_free(cms);
    return sample_of_bytes(bytes, size);
}

/* A range that ends early is a good signature over something that no reader shows. */
static void a_signature_over_half_a_document_is_told(void **state)
{
    (void)state;
    static const long cuts[][3] = {{0, 0, -3}, {0, 0, -60}, {0, 0, -150}};
    int letter = signed_letter();
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        size_t size;
        uint8_t *bytes = with_range_moved(letter, cuts[i], &size);
        check("cut", signed_anew(bytes, size), 0,
              i == 0 ? RULE_PDF_ADDED_AFTER : RULE_PDF_REVISION);
        free(bytes);
    }
    close(letter);
    assert_int_equal(failures, 0);
}

/* We sign no letter that an earlier signer closed, so one is closed by hand and signed anew. */
static void a_closed_letter_takes_no_change(void **state)
{
    (void)state;
    static const char *const changes[][3] = {
        {PAGE PAGE_REST ANNOTATIONS " 20 0 R] >>", "20 " SIGNATURE_FIELD "[0 0 0 0] >>", NULL},
        {"6 << /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Luka) /F 4 /Rect [72 600 200 "
         "620] /P 3 0 R >>",
         NULL},
    };
    int open = sign(certified(3), &pki.sign);
    int edited =
        sample_replaced(open, "/TransformParams << /P 3 >>", "/TransformParams << /P 1 >>");
    size_t size;
    uint8_t *bytes = sample_bytes(edited, &size);
    int closed = signed_anew(bytes, size);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        check("closed", sample_updated(closed, 1, changes[i]), 0, RULE_PDF_CHANGE_FORBIDDEN);
    }
    check("as it was closed", closed, 0, RULE_NONE);
    free(bytes);
    close(edited);
    close(open);
    assert_int_equal(failures, 0);
}

static void each_rule_of_the_document_was_broken(void **state)
{
    (void)state;
    for (enum rule rule = RULE_NOT_SIGNED; rule < RULE_CMS_UNREADABLE; rule++) {
        if (!is_seen[rule]) {
            fail_msg("%s was not broken", rule_text(rule)->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_letter_itself_is_good),
        cmocka_unit_test(each_update_is_told),
        cmocka_unit_test(a_later_signature_heals_nothing),
        cmocka_unit_test(what_was_prepared_is_not_brought_forward),
        cmocka_unit_test(a_certified_letter_keeps_its_terms),
        cmocka_unit_test(bytes_behind_the_end_are_told),
        cmocka_unit_test(an_edited_dictionary_is_told),
        cmocka_unit_test(a_moved_range_is_told),
        cmocka_unit_test(a_copied_signature_is_told),
        cmocka_unit_test(a_signature_over_half_a_document_is_told),
        cmocka_unit_test(a_closed_letter_takes_no_change),
        cmocka_unit_test(each_rule_of_the_document_was_broken),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
