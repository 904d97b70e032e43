/*
 * What an incremental update changed of a PDF (ISO 32000-1, 7.5.6), told by what the change may do
 * to its looks: the revision before and the one after are compared object by object, over all that
 * can be reached in the former.
 *
 * Signed bytes stay as they are under an update, yet a reader shows the newest revision. The
 * published attacks on signed PDFs (incremental saving, shadow, evil annotation, sneaky signature)
 * all are updates that a reader follows and that a check of the bytes alone does not see.
 */
#ifndef PIRADI_PDF_CHANGES_H
#define PIRADI_PDF_CHANGES_H

#include "letters/pdf_lock.h"

enum pdf_change {
    PDF_CHANGE_VALIDATION = 1, /* certificates and the like for later checks (DSS) */
    PDF_CHANGE_SIGNATURE = 2,  /* a signature, or an empty place for one, that cannot be seen */
    PDF_CHANGE_OVERLAY = 4,    /* a signature that can be seen */
    PDF_CHANGE_FORM = 8,       /* a form's values */
    PDF_CHANGE_ANNOTATION = 16,
    PDF_CHANGE_CONTENT = 32, /* anything else, also what was removed */
};

struct pdf_changes {
    unsigned kinds;     /* of enum pdf_change */
    enum pdf_lock lock; /* that was in force before */
};

/*
 * Compares two revisions of one file; `after` begins with all bytes of `before`, which is changed
 * in memory and of no use afterwards. STATUS_DOCUMENT_DAMAGED if either cannot be read,
 * STATUS_INTERNAL if memory is out.
 */
enum status pdf_changes_find(struct pdf *before, struct pdf *after, struct pdf_changes *changes,
                             struct detail *detail) MUST_USE;

#endif
