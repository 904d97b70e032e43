/*
 * The incremental update that makes room for a signature (ISO 32000-1, 7.5.6 and 12.8): a
 * signature dictionary, the form's one empty place for it or else an invisible field on the first
 * page, and the objects that must mention them. It depends on nothing but the document and the
 * time, so that whoever has the original can say whether a signed file is this document and nothing
 * else.
 */
#ifndef PIRADI_PDF_UPDATE_H
#define PIRADI_PDF_UPDATE_H

#include <time.h>

#include "base/buffer.h"
#include "letters/byte_range.h"
#include "letters/pdf.h"

/* Bytes of a CMS that /Contents holds, as twice as many hex digits: a chain of four and, later, a
 * time-stamp. */
#define PDF_CONTENTS_SIZE 16384

/* As the /M of a signature that pdf_update_build writes: "(D:20261123080000Z)". */
#define PDF_TIME_BEFORE "/M (D:"
#define PDF_TIME_DIGITS 14

enum pdf_update_kind {
    PDF_UPDATE_SIGNATURE,
    PDF_UPDATE_TIMESTAMP, /* a document time-stamp (EN 319 142-1, 5.4.3): never in a form's place */
};

struct pdf_update {
    struct buffer tail; /* what follows the document's own bytes */
    struct byte_range range;
};

/*
 * Changes pdf in memory, so use it for nothing else afterwards. STATUS_DOCUMENT_DAMAGED where the
 * form or the annotations are not what they must be; STATUS_INTERNAL. Free with pdf_update_free.
 */
enum status pdf_update_build(struct pdf *pdf, enum pdf_update_kind kind, time_t at,
                             struct pdf_update *update, struct detail *detail) MUST_USE;
void pdf_update_free(struct pdf_update *update);

#endif
