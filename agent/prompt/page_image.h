/*
 * The picture of a page. It comes from our own piradi-document as PNG (ISO/IEC 15948); what it says
 * of its size is checked before anything is decoded.
 */
#ifndef PIRADI_PROMPT_PAGE_IMAGE_H
#define PIRADI_PROMPT_PAGE_IMAGE_H

#include <gdk/gdk.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* Pixels along one side: A3 at 300 dpi has 4961. */
#define PAGE_IMAGE_SIDE_MAX 5000

/*
 * Whether the bytes begin as a PNG of allowed size with 8 bits for each channel: signature and IHDR
 * (ISO/IEC 15948, 5.2 and 11.2.2). Pure.
 */
bool page_image_is_allowed(const uint8_t *bytes, size_t size) MUST_USE;

/* A new texture; NULL if it is not allowed or does not decode. */
GdkTexture *page_image_decode(const uint8_t *bytes, size_t size) MUST_USE;

#endif
