/*
 * A PDF, parsed by qpdf without its repairs: what cannot be read as written is damaged, because
 * another reader might mend it differently and show something else.
 */
#ifndef PIRADI_PDF_H
#define PIRADI_PDF_H

#include <qpdf/qpdf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"
#include "letters/detail.h"

struct pdf {
    qpdf_data qpdf;
    const uint8_t *bytes; /* lent by the caller of pdf_open */
    size_t size;
    uint64_t xref_at;    /* of the newest cross-reference section */
    bool xref_is_stream; /* and whether it is a stream (ISO 32000-1, 7.5.8) or a table */
    unsigned pages;
    qpdf_oh first_page; /* an indirect object */
};

/*
 * Parses bytes, which must outlive the pdf. STATUS_DOCUMENT_ENCRYPTED, STATUS_DOCUMENT_DAMAGED
 * (also for one without pages), STATUS_INTERNAL. Close with pdf_close, which accepts a zeroed one.
 */
enum status pdf_open(const uint8_t *bytes, size_t size, struct pdf *pdf,
                     struct detail *detail) MUST_USE;
void pdf_close(struct pdf *pdf);

/* STATUS_DOCUMENT_DAMAGED if qpdf has met anything wrong so far; it parses objects when asked. */
enum status pdf_check(struct pdf *pdf, struct detail *detail) MUST_USE;

/*
 * A dictionary's value, also of a stream's dictionary: a new handle, to be released with
 * qpdf_oh_release; a null object where there is none.
 */
qpdf_oh pdf_get(const struct pdf *pdf, qpdf_oh dictionary, const char *key) MUST_USE;

/* Questions about such a value, answered without leaving a handle behind. */
bool pdf_has_name(const struct pdf *pdf, qpdf_oh dictionary, const char *key,
                  const char *name) MUST_USE;
bool pdf_get_integer(const struct pdf *pdf, qpdf_oh dictionary, const char *key,
                     long long *value) MUST_USE;

#endif
