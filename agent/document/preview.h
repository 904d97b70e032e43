/* The pages of a PDF as pictures, by poppler in a confined child (rule A9). */
#ifndef PIRADI_DOCUMENT_PREVIEW_H
#define PIRADI_DOCUMENT_PREVIEW_H

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"
#include "letters/detail.h"

#define PREVIEW_SIDE_MAX 1200 /* pixels of the longer side */
/* A page that a person asks for may be as wide as a screen, and a little higher than paper is. */
#define PREVIEW_WIDTH_MAX 2400
#define PREVIEW_PAGE_SIDE_MAX 4800
#define PREVIEW_SIZE_MAX ((size_t)8 * 1024 * 1024)

/*
 * Renders what a reader shows of the page (its crop box) from the document in this file, and
 * appends the PNG to image, whose limit should be PREVIEW_SIZE_MAX. STATUS_DOCUMENT_DAMAGED if the
 * renderer fails, takes too long or gives no picture of the asked size; STATUS_INTERNAL if there is
 * none.
 */
enum status preview_first_page(int document, struct buffer *image, struct detail *detail) MUST_USE;

/* The same of any page, from 1, that many pixels wide (1 to PREVIEW_WIDTH_MAX); also refused when
 * it would be higher than PREVIEW_PAGE_SIDE_MAX. */
enum status preview_page(int document, unsigned number, unsigned width, struct buffer *image,
                         struct detail *detail) MUST_USE;

#endif
