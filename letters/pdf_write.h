/*
 * An incremental update being written (ISO 32000-1, 7.5.6): changed and new objects, and at the end
 * the cross-reference section for them, of the kind that the document has.
 */
#ifndef PIRADI_PDF_WRITE_H
#define PIRADI_PDF_WRITE_H

#include "base/buffer.h"
#include "letters/pdf.h"
#include "letters/pdf_xref.h"

#define PDF_REFERENCE_SIZE 32
#define PDF_ID_SIZE_MAX 64

struct pdf_write {
    struct pdf *pdf;    /* lent */
    struct buffer tail; /* what follows the document's own bytes */
    struct pdf_xref xref;
    char root[PDF_REFERENCE_SIZE]; /* what xref lends */
    char info[PDF_REFERENCE_SIZE];
    char id_hex[2 * PDF_ID_SIZE_MAX + 1];
};

/*
 * Begins; the new file identifier follows from the document and the seed. False if the trailer is
 * not usable. Free with pdf_write_free in any case; it must not be moved meanwhile.
 */
bool pdf_write_begin(struct pdf_write *write, struct pdf *pdf, const char *seed) MUST_USE;
void pdf_write_free(struct pdf_write *write);

/* A number for a new object; each must be written. */
int pdf_write_number(struct pdf_write *write) MUST_USE;

/* A reference to an object that this update holds, as a new handle. */
qpdf_oh pdf_write_reference(const struct pdf_write *write, int number) MUST_USE;

/* "7 0 obj" and its entry; what follows is the caller's to put, to "endobj". */
bool pdf_write_entry(struct pdf_write *write, int number, int generation) MUST_USE;

/* An object of the document that was changed in memory, whole, under its own number. */
bool pdf_write_object(struct pdf_write *write, qpdf_oh object) MUST_USE;

/* Where the next byte will be, from the beginning of the file. */
uint64_t pdf_write_here(const struct pdf_write *write);

/* The cross-reference section, trailer and end. */
bool pdf_write_end(struct pdf_write *write) MUST_USE;

#endif
