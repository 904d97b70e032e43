/*
 * The site's own files: read once at start, so that a request's path is only ever compared, never
 * opened. `index.html` is served as `/`, `NAME.html` as `/NAME`, others under their names.
 */
#ifndef PIRADI_PORTAL_PAGES_H
#define PIRADI_PORTAL_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

#define PAGES_MAX 64
#define PAGE_SIZE_MAX 1048576

struct page {
    char path[256];
    const char *type; /* media type, static */
    uint8_t *bytes;
    size_t size;
    char etag[67]; /* SHA-256 in quotes */
};

struct pages;

/* Reads the folder of pages and, from another, piradi.js. NULL, logged, if a file cannot be read,
 * is too large, or has a type that is not known. */
struct pages *pages_load(const char *folder, const char *javascript_folder) MUST_USE;
void pages_free(struct pages **pages);

/* Lent; NULL if there is none. */
const struct page *pages_find(const struct pages *pages, const char *path);

#endif
