/*
 * A letter as paper: A4 pages in Georgian, laid out by Pango and drawn by Cairo, as a PDF with its
 * fonts embedded and as pictures of the same layout. The same letter gives the same bytes as long
 * as fonts and libraries stay, so the stored draft, not this, is what a signature is compared with.
 */
#ifndef PIRADI_PORTAL_COMPOSE_H
#define PIRADI_PORTAL_COMPOSE_H

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"
#include "portal/letter.h"

/*
 * Appends the PDF and tells its number of pages; id, sender, body, subject, text and composed of
 * the letter are read. STATUS_BAD_REQUEST, with the reason in *detail (static), for a character
 * that no font here can draw and for more than LETTER_PAGES_MAX pages.
 */
enum status compose_pdf(const struct letter *letter, struct buffer *pdf, unsigned *pages,
                        const char **detail) MUST_USE;

/* Appends a PNG of one page, counted from 1, COMPOSE_PREVIEW_WIDTH pixels wide.
 * STATUS_OPERATION_UNKNOWN for a page that the letter does not have. */
#define COMPOSE_PREVIEW_WIDTH 1190
enum status compose_preview(const struct letter *letter, unsigned page,
                            struct buffer *png) MUST_USE;

#endif
