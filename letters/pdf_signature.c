#include "letters/pdf_signature.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#define TIME_DIGITS (PDF_SIGNATURE_TIME_SIZE - 1)

/* A signature's /Type is optional, so what only looks like one counts too; what is in a field for a
 * signature counts whatever it is. */
bool pdf_signature_is(const struct pdf *pdf, qpdf_oh object)
{
    qpdf_data qpdf = pdf->qpdf;
    return qpdf_oh_is_dictionary(qpdf, object) &&
           (qpdf_oh_has_key(qpdf, object, "/ByteRange") ||
            pdf_has_name(pdf, object, "/Type", "/Sig") ||
            pdf_has_name(pdf, object, "/Type", "/DocTimeStamp") ||
            (qpdf_oh_has_key(qpdf, object, "/Filter") &&
             qpdf_oh_has_key(qpdf, object, "/Contents")));
}

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
static bool gap_is_contents(const struct pdf *pdf, qpdf_oh dictionary,
                            const struct pdf_signature *signature)
{
    qpdf_oh value = pdf_get(pdf, dictionary, "/Contents");
    size_t length = 0;
    const char *bytes = qpdf_oh_is_string(pdf->qpdf, value)
                            ? qpdf_oh_get_binary_string_value(pdf->qpdf, value, &length)
                            : NULL;
    bool equal = bytes != NULL && length == signature->contents_size &&
                 memcmp(bytes, signature->contents, length) == 0;
    qpdf_oh_release(pdf->qpdf, value);
    return equal;
}

enum rule pdf_signature_read(const struct pdf *pdf, qpdf_oh dictionary,
                             struct pdf_signature *signature)
{
    *signature = (struct pdf_signature){0};
    if (!qpdf_oh_is_dictionary(pdf->qpdf, dictionary) ||
        !qpdf_oh_has_key(pdf->qpdf, dictionary, "/ByteRange") ||
        !qpdf_oh_has_key(pdf->qpdf, dictionary, "/Contents")) {
        return RULE_PDF_NOT_A_SIGNATURE;
    }
    if (!read_range(pdf, dictionary, &signature->range)) {
        return RULE_PDF_BYTE_RANGE;
    }
    signature->contents =
        byte_range_contents(&signature->range, pdf->bytes, &signature->contents_size);
    if (signature->contents == NULL) {
        return RULE_INTERNAL;
    }
    if (!gap_is_contents(pdf, dictionary, signature)) {
        return RULE_PDF_GAP;
    }
    signature->is_timestamp = pdf_has_name(pdf, dictionary, "/SubFilter", "/ETSI.RFC3161");
    if (!signature->is_timestamp &&
        !pdf_has_name(pdf, dictionary, "/SubFilter", "/ETSI.CAdES.detached")) {
        return RULE_PDF_SUBFILTER;
    }
    return qpdf_oh_has_key(pdf->qpdf, dictionary, "/Cert") ? RULE_PDF_CERT : RULE_NONE;
}

void pdf_signature_free(struct pdf_signature *signature)
{
    free(signature->contents);
    *signature = (struct pdf_signature){0};
}

size_t pdf_signature_der_size(const struct pdf_signature *signature)
{
    const uint8_t *next = signature->contents;
    const uint8_t *end = next + signature->contents_size;
    long length;
    int tag;
    int class;
    if (signature->contents_size > LONG_MAX ||
        (ASN1_get_object(&next, &length, &tag, &class, (long)signature->contents_size) & 0x81) !=
            0) {
        ERR_clear_error();
        return 0; /* an error, or a length that is not told (X.690, 8.1.3.6) */
    }
    next += length;
    size_t size = (size_t)(next - signature->contents);
    while (next < end && *next == 0) {
        next++;
    }
    return next == end ? size : 0;
}

void pdf_signature_time(const struct pdf *pdf, qpdf_oh dictionary,
                        char digits[PDF_SIGNATURE_TIME_SIZE])
{
    qpdf_oh value = pdf_get(pdf, dictionary, "/M");
    const char *text;
    size_t length;
    digits[0] = '\0';
    if (qpdf_oh_get_value_as_utf8(pdf->qpdf, value, &text, &length) && length > 2 + TIME_DIGITS &&
        strncmp(text, "D:", 2) == 0 && strspn(text + 2, "0123456789") == TIME_DIGITS &&
        (strcmp(text + 2 + TIME_DIGITS, "Z") == 0 ||
         strcmp(text + 2 + TIME_DIGITS, "+00'00'") == 0)) {
        memcpy(digits, text + 2, TIME_DIGITS);
        digits[TIME_DIGITS] = '\0';
    }
    qpdf_oh_release(pdf->qpdf, value);
}
