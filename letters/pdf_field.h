/* A place that a form holds ready for a signature (ISO 32000-1, 12.7.4.5). */
#ifndef PIRADI_PDF_FIELD_H
#define PIRADI_PDF_FIELD_H

#include "letters/pdf.h"

/*
 * The one empty signature field of a form, as a new handle. False if there is none, if there are
 * several, so that nobody can say whose each is, or if it comes with terms: a lock of its own or of
 * an earlier signer (12.8.2.4), or a seed value (12.7.4.5).
 */
bool pdf_field_find_empty(const struct pdf *pdf, qpdf_oh form, qpdf_oh *field) MUST_USE;

#endif
