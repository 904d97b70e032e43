/*
 * The end of an incremental update (ISO 32000-1, 7.5.6): a cross-reference section for the objects
 * that it holds, as a table (7.5.4) or a stream (7.5.8), like the section before it.
 */
#ifndef PIRADI_PDF_XREF_H
#define PIRADI_PDF_XREF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"

#define PDF_XREF_ENTRIES_MAX 192
#define PDF_ID_SIZE 16

struct pdf_xref_entry {
    int number;
    int generation;
    uint64_t offset; /* from the beginning of the file */
};

struct pdf_xref {
    struct pdf_xref_entry entries[PDF_XREF_ENTRIES_MAX];
    size_t count;
    bool as_stream;
    int next_number;    /* one more than the highest in the document; the stream takes it */
    uint64_t previous;  /* offset of the section before */
    const char *root;   /* references, e.g. "1 0 R" */
    const char *info;   /* or NULL */
    const char *id_hex; /* hex digits of the file's first identifier */
    uint8_t id[PDF_ID_SIZE];
};

/* Appends section, trailer and %%EOF to tail, whose first byte is at `base` in the file. Sorts
 * the entries. False when tail is full or an offset has over ten digits. */
bool pdf_xref_put(struct pdf_xref *xref, uint64_t base, struct buffer *tail) MUST_USE;

/* Appends formatted text (at most 1 KiB). False when tail is full. */
bool put_text(struct buffer *tail, const char *format, ...) MUST_USE PRINTF_LIKE(2, 3);

/* Appends bytes as lower-case hex digits. */
bool put_hex(struct buffer *tail, const uint8_t *bytes, size_t size) MUST_USE;

#endif
