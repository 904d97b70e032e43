/* The first page of a PDF as a picture, by poppler in a confined child (rule A9). */
#ifndef PIRADI_DOCUMENT_PREVIEW_H
#define PIRADI_DOCUMENT_PREVIEW_H

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"
#include "letters/detail.h"

#define PREVIEW_SIDE_MAX 1200 /* pixels of the longer side */
#define PREVIEW_SIZE_MAX ((size_t)8 * 1024 * 1024)

/*
 * Renders what a reader shows of the page (its crop box) from the document in this file, and
 * appends the PNG to image, whose limit should be PREVIEW_SIZE_MAX. STATUS_DOCUMENT_DAMAGED if the
 * renderer fails, takes too long or gives no picture of the asked size; STATUS_INTERNAL if there is
 * none.
 */
enum status preview_first_page(int document, struct buffer *image, struct detail *detail) MUST_USE;

#endif
