#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "letters/byte_range.h"
#include "letters/cms.h"
#include "letters/pades.h"
#include "letters/pdf.h"
#include "letters/pdf_update.h"
#include "letters/pdf_walk.h"

struct verification {
    struct pdf *pdf;
    const struct trust *trust;
    time_t at;
    struct pades_report *report;
};

static bool read_range(const struct pdf *pdf, qpdf_oh dictionary, struct byte_range *range)
{
    qpdf_oh array = pdf_get(pdf, dictionary, "/ByteRange");
    bool ok =
        qpdf_oh_is_array(pdf->qpdf, array) && qpdf_oh_get_array_n_items(pdf->qpdf, array) == 4;
    long long numbers[4] = {0};
    for (int i = 0; ok && i < 4; i++) {
        qpdf_oh number = qpdf_oh_get_array_item(pdf->qpdf, array, i);
        ok = qpdf_oh_get_value_as_longlong(pdf->qpdf, number, &numbers[i]);
        qpdf_oh_release(pdf->qpdf, number);
    }
    qpdf_oh_release(pdf->qpdf, array);
    return ok && byte_range_read(numbers, pdf->bytes, pdf->size, range);
}

/* The gap must be this dictionary's own /Contents: then every other byte is signed. */
static bool gap_is_contents(const struct pdf *pdf, qpdf_oh dictionary, const uint8_t *contents,
                            size_t size)
{
    qpdf_oh value = pdf_get(pdf, dictionary, "/Contents");
    size_t length = 0;
    const char *bytes = qpdf_oh_is_string(pdf->qpdf, value)
                            ? qpdf_oh_get_binary_string_value(pdf->qpdf, value, &length)
                            : NULL;
    bool equal = bytes != NULL && length == size && memcmp(bytes, contents, size) == 0;
    qpdf_oh_release(pdf->qpdf, value);
    return equal;
}

/* "D:20261123080000Z" or the same with a zero offset; another form stays untold. */
static void read_time(const struct pdf *pdf, qpdf_oh dictionary, struct pades_signature *signature)
{
    qpdf_oh value = pdf_get(pdf, dictionary, "/M");
    const char *text;
    size_t length;
    if (qpdf_oh_get_value_as_utf8(pdf->qpdf, value, &text, &length) &&
        length > 2 + PDF_TIME_DIGITS && strncmp(text, "D:", 2) == 0 &&
        strspn(text + 2, "0123456789") == PDF_TIME_DIGITS &&
        (strcmp(text + 2 + PDF_TIME_DIGITS, "Z") == 0 ||
         strcmp(text + 2 + PDF_TIME_DIGITS, "+00'00'") == 0)) {
        memcpy(signature->claimed_time, text + 2, PDF_TIME_DIGITS);
    }
    qpdf_oh_release(pdf->qpdf, value);
}

static enum status check_certificate(const struct verification *verification,
                                     const struct cms_signature *cms, struct detail *detail)
{
    enum status status = trust_check_use(cms->certificate, TRUST_SIGN);
    if (status != STATUS_OK) {
        return refuse(detail, status, "the signer's certificate is not one for signing");
    }
    status =
        trust_check_chain(verification->trust, cms->certificate, cms->others, verification->at);
    return status == STATUS_OK ? status
                               : refuse(detail, status, "the signer's certificate is not trusted");
}

static enum status check_cms(const struct verification *verification,
                             const struct byte_range *range, const struct cms_signature *cms,
                             struct pades_signature *signature)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (!byte_range_digest(range, verification->pdf->bytes, cms->hash, digest)) {
        return STATUS_INTERNAL;
    }
    signature->has_signer = subject_read(cms->certificate, &signature->signer);
    if (!signature->has_signer) {
        return refuse(&signature->detail, STATUS_CERTIFICATE_NOT_FOR_THIS_USE,
                      "the signer's certificate names nobody");
    }
    enum status status = cms_signature_check(cms, digest, &signature->detail);
    return status == STATUS_OK ? check_certificate(verification, cms, &signature->detail) : status;
}

static enum status check_contents(const struct verification *verification, qpdf_oh dictionary,
                                  const struct byte_range *range, struct pades_signature *signature)
{
    size_t size;
    uint8_t *contents = byte_range_contents(range, verification->pdf->bytes, &size);
    if (contents == NULL) {
        return STATUS_INTERNAL;
    }
    struct cms_signature cms;
    enum status status;
    if (!gap_is_contents(verification->pdf, dictionary, contents, size)) {
        status = refuse(&signature->detail, STATUS_SIGNATURE_INVALID,
                        "the gap of the ByteRange is not the signature's Contents");
    } else {
        status = cms_signature_read(contents, size, &cms, &signature->detail);
        if (status == STATUS_OK) {
            status = check_cms(verification, range, &cms, signature);
            cms_signature_free(&cms);
        }
    }
    free(contents);
    return status;
}

static void verify_one(const struct verification *verification, qpdf_oh dictionary,
                       struct pades_signature *signature)
{
    const struct pdf *pdf = verification->pdf;
    struct byte_range range;
    *signature = (struct pades_signature){.bytes_after = pdf->size};
    read_time(pdf, dictionary, signature);
    if (!read_range(pdf, dictionary, &range)) {
        signature->status = refuse(&signature->detail, STATUS_SIGNATURE_INVALID,
                                   "the ByteRange is not the document around one gap");
        return;
    }
    signature->covered_size = range.end;
    signature->bytes_after = pdf->size - range.end;
    if (!pdf_has_name(pdf, dictionary, "/SubFilter", "/ETSI.CAdES.detached")) {
        signature->status = refuse(&signature->detail, STATUS_SIGNATURE_INVALID,
                                   "the SubFilter is not ETSI.CAdES.detached");
        return;
    }
    signature->status = check_contents(verification, dictionary, &range, signature);
}

static bool is_signature(const struct pdf *pdf, qpdf_oh object)
{
    if (!qpdf_oh_is_dictionary(pdf->qpdf, object)) {
        return false;
    }
    return qpdf_oh_has_key(pdf->qpdf, object, "/ByteRange");
}

static enum status verify_all(const struct verification *verification, struct detail *detail)
{
    struct pdf_walk walk;
    struct pades_report *report = verification->report;
    qpdf_data qpdf = verification->pdf->qpdf;
    if (!pdf_walk_begin(&walk, verification->pdf)) {
        return STATUS_INTERNAL;
    }
    bool ok = pdf_walk_push(&walk, qpdf_get_root(qpdf));
    qpdf_oh object;
    while (ok && pdf_walk_next(&walk, &object)) {
        if (is_signature(verification->pdf, object)) {
            ok = report->count < PADES_SIGNATURES_MAX;
            if (ok) {
                verify_one(verification, object, &report->signatures[report->count++]);
            }
        }
        ok = ok && pdf_walk_push_inside(&walk, object);
        qpdf_oh_release(qpdf, object);
    }
    pdf_walk_end(&walk);
    return ok ? pdf_check(verification->pdf, detail)
              : refuse(detail, STATUS_DOCUMENT_DAMAGED, "too many signatures or objects");
}

static int by_coverage(const void *a, const void *b)
{
    const struct pades_signature *one = a;
    const struct pades_signature *other = b;
    return (one->covered_size > other->covered_size) - (one->covered_size < other->covered_size);
}

static enum status verdict(const struct pades_report *report, struct detail *detail)
{
    if (report->count == 0) {
        return refuse(detail, STATUS_SIGNATURE_INVALID, "the document is not signed");
    }
    const struct pades_signature *last = &report->signatures[report->count - 1];
    if (last->status != STATUS_OK) {
        *detail = last->detail;
        return last->status;
    }
    if (last->bytes_after > 0) {
        return refuse(detail, STATUS_SIGNATURE_INVALID,
                      "%llu bytes were added after the last signature",
                      (unsigned long long)last->bytes_after);
    }
    if (report->count > 1 && last[-1].bytes_after == 0) {
        return refuse(detail, STATUS_SIGNATURE_INVALID, "two signatures claim the whole document");
    }
    return STATUS_OK;
}

enum status pades_verify(int document, const struct trust *trust, time_t at,
                         struct pades_report *report, struct detail *detail)
{
    struct mapping file;
    struct pdf pdf;
    *detail = (struct detail){0};
    *report = (struct pades_report){0};
    enum status status = mapping_open(document, &file);
    if (status != STATUS_OK) {
        return status;
    }
    status = pdf_open(file.bytes, file.size, &pdf, detail);
    if (status == STATUS_OK) {
        const struct verification verification = {
            .pdf = &pdf, .trust = trust, .at = at, .report = report};
        status = verify_all(&verification, detail);
        pdf_close(&pdf);
    }
    mapping_close(&file);
    if (status != STATUS_OK) {
        *report = (struct pades_report){0};
        return status;
    }
    qsort(report->signatures, report->count, sizeof *report->signatures, by_coverage);
    return verdict(report, detail);
}

/* The time that the update says it was made at: the last such words, as those of the signature are
 * behind all that the original may have put into the update. */
static bool find_time(const uint8_t *tail, size_t size, time_t *at)
{
    const uint8_t *found = NULL;
    const uint8_t *end = tail + size;
    const uint8_t *next = tail;
    while ((next = memmem(next, (size_t)(end - next), PDF_TIME_BEFORE, strlen(PDF_TIME_BEFORE))) !=
           NULL) {
        next += strlen(PDF_TIME_BEFORE);
        found = next;
    }
    if (found == NULL || (size_t)(end - found) < PDF_TIME_DIGITS) {
        return false;
    }
    char digits[PDF_TIME_DIGITS + 1] = {0};
    memcpy(digits, found, PDF_TIME_DIGITS);
    struct tm utc = {0};
    const char *rest = strptime(digits, "%Y%m%d%H%M%S", &utc);
    if (rest == NULL || *rest != '\0') {
        return false;
    }
    *at = timegm(&utc);
    return true;
}

static bool same_but_contents(const struct mapping *signed_file, const struct mapping *original,
                              const struct pdf_update *update)
{
    const struct byte_range *range = &update->range;
    if (signed_file->size != range->end) {
        return false;
    }
    size_t gap_at = (size_t)range->gap_at - original->size;
    size_t gap_end = (size_t)range->gap_end - original->size;
    const uint8_t *tail = signed_file->bytes + original->size;
    if (memcmp(tail, update->tail.bytes, gap_at + 1) != 0 ||
        memcmp(tail + gap_end - 1, update->tail.bytes + gap_end - 1,
               update->tail.size - gap_end + 1) != 0) {
        return false;
    }
    for (size_t i = gap_at + 1; i < gap_end - 1; i++) {
        if (!isxdigit(tail[i])) {
            return false;
        }
    }
    return true;
}

static enum status compare(const struct mapping *signed_file, const struct mapping *original,
                           struct detail *detail)
{
    time_t at;
    if (signed_file->size <= original->size ||
        memcmp(signed_file->bytes, original->bytes, original->size) != 0 ||
        !find_time(signed_file->bytes + original->size, signed_file->size - original->size, &at)) {
        return refuse(detail, STATUS_SIGNATURE_INVALID,
                      "the signed document is not the original with a signature");
    }
    struct pdf pdf;
    struct pdf_update update;
    enum status status = pdf_open(original->bytes, original->size, &pdf, detail);
    if (status != STATUS_OK) {
        return status;
    }
    status = pdf_update_build(&pdf, at, &update, detail);
    if (status == STATUS_OK) {
        if (!same_but_contents(signed_file, original, &update)) {
            status = refuse(detail, STATUS_SIGNATURE_INVALID,
                            "the signed document adds more than a signature to the original");
        }
        pdf_update_free(&update);
    }
    pdf_close(&pdf);
    return status;
}

enum status pades_check_original(int signed_document, int original, struct detail *detail)
{
    struct mapping files[2] = {0};
    *detail = (struct detail){0};
    enum status status = mapping_open(signed_document, &files[0]);
    if (status == STATUS_OK) {
        status = mapping_open(original, &files[1]);
    }
    if (status == STATUS_OK) {
        status = compare(&files[0], &files[1], detail);
    }
    mapping_close(&files[0]);
    mapping_close(&files[1]);
    return status;
}
