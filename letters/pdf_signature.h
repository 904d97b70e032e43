/* A signature dictionary (ISO 32000-1, 12.8.1, table 252), read without belief. */
#ifndef PIRADI_PDF_SIGNATURE_H
#define PIRADI_PDF_SIGNATURE_H

#include "letters/byte_range.h"
#include "letters/pdf.h"
#include "letters/rule.h"

#define PDF_SIGNATURE_TIME_SIZE (sizeof "20261123080000")

struct pdf_signature {
    bool is_timestamp; /* of the document (EN 319 142-1, 5.4.3), not a person's signature */
    struct byte_range range;
    uint8_t *contents; /* the bytes in the gap: DER and zeros */
    size_t contents_size;
};

/* Is this object, any of the document's, a signature or in the place of one? */
bool pdf_signature_is(const struct pdf *pdf, qpdf_oh object) MUST_USE;

/*
 * RULE_NONE, or the rule that it breaks; signature->range is filled in even then unless the rule is
 * RULE_PDF_NOT_A_SIGNATURE or RULE_PDF_BYTE_RANGE. Free with pdf_signature_free in any case.
 */
enum rule pdf_signature_read(const struct pdf *pdf, qpdf_oh dictionary,
                             struct pdf_signature *signature) MUST_USE;
void pdf_signature_free(struct pdf_signature *signature);

/* Bytes of the DER that contents begins with; 0 unless only zeros follow it. */
size_t pdf_signature_der_size(const struct pdf_signature *signature) MUST_USE;

/* /M as UTC digits; empty if it is missing, or in another form than UTC's. */
void pdf_signature_time(const struct pdf *pdf, qpdf_oh dictionary,
                        char digits[PDF_SIGNATURE_TIME_SIZE]);

#endif
