/*
 * What a signature in a PDF lets others change afterwards: DocMDP of a certifying signature
 * (ISO 32000-1, 12.8.2.2), or the lock upon a signed field (ISO 32000-2, 12.7.5.5).
 */
#ifndef PIRADI_PDF_LOCK_H
#define PIRADI_PDF_LOCK_H

#include "letters/pdf.h"

enum pdf_lock {
    PDF_LOCK_ALL = 1,         /* nothing may change */
    PDF_LOCK_ANNOTATIONS = 2, /* forms may be filled in and signed */
    PDF_LOCK_CONTENT = 3,     /* and annotations made */
    PDF_LOCK_NONE = 4,
};

/* Narrows *lock by what this object, any of the document's, says; leaves it if it says nothing. */
void pdf_lock_note(const struct pdf *pdf, qpdf_oh object, enum pdf_lock *lock);

#endif
