/*
 * A walk over a PDF's objects: a pile of handles yet to be looked at, each indirect object once,
 * with no recursion that a hostile document could deepen.
 */
#ifndef PIRADI_PDF_WALK_H
#define PIRADI_PDF_WALK_H

#include "letters/pdf.h"

/* ISO 32000-1, annex C.2: the most indirect objects that a document may have. */
#define PDF_OBJECTS_MAX 8388607

struct pdf_walk {
    const struct pdf *pdf;
    qpdf_oh *pile;
    size_t count;
    size_t capacity;
    uint8_t *seen; /* a bit for each object number */
};

/* False when memory is out; otherwise end with pdf_walk_end. */
bool pdf_walk_begin(struct pdf_walk *walk, const struct pdf *pdf) MUST_USE;
void pdf_walk_end(struct pdf_walk *walk);

/*
 * Takes a handle over: an array, a dictionary or a stream goes on the pile unless it was there
 * before, anything else is released. False when memory is out or the object number is impossible.
 */
bool pdf_walk_push(struct pdf_walk *walk, qpdf_oh object) MUST_USE;

/* Never goes on the pile from here on: an indirect object, lent, that was pushed before or could
 * be. */
void pdf_walk_skip(struct pdf_walk *walk, qpdf_oh object);

/* Everything inside an array, a dictionary or a stream's dictionary; lent. */
bool pdf_walk_push_inside(struct pdf_walk *walk, qpdf_oh object) MUST_USE;

/* Gives the newest handle to the caller, who releases it. False when the pile is empty. */
bool pdf_walk_next(struct pdf_walk *walk, qpdf_oh *object) MUST_USE;

#endif
