#include "letters/pdf_xref.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1024
#define OFFSET_MAX UINT32_MAX /* of a stream's four bytes, within a table's ten digits */
#define STREAM_ENTRY_SIZE 7   /* type, offset, generation: /W [1 4 2] */

bool put_text(struct buffer *tail, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return length >= 0 && (size_t)length < sizeof text && put_bytes(tail, text, (size_t)length);
}

bool put_hex(struct buffer *tail, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    bool ok = true;
    for (size_t i = 0; ok && i < size; i++) {
        ok = put_u8(tail, (uint8_t)digits[bytes[i] >> 4]) &&
             put_u8(tail, (uint8_t)digits[bytes[i] & 15]);
    }
    return ok;
}

static int by_number(const void *a, const void *b)
{
    const struct pdf_xref_entry *one = a;
    const struct pdf_xref_entry *other = b;
    return (one->number > other->number) - (one->number < other->number);
}

/* How many entries from `first` have consecutive numbers. */
static size_t run_of(const struct pdf_xref *xref, size_t first)
{
    size_t count = 1;
    while (first + count < xref->count &&
           xref->entries[first + count].number == xref->entries[first].number + (int)count) {
        count++;
    }
    return count;
}

static bool offsets_fit(const struct pdf_xref *xref)
{
    for (size_t i = 0; i < xref->count; i++) {
        if (xref->entries[i].offset > OFFSET_MAX) {
            return false;
        }
    }
    return true;
}

/* What the trailer and the stream's dictionary have in common. */
static bool put_trailer(const struct pdf_xref *xref, int size, struct buffer *tail)
{
    return put_text(tail, "/Size %d /Root %s ", size, xref->root) &&
           (xref->info == NULL || put_text(tail, "/Info %s ", xref->info)) &&
           put_text(tail, "/ID [<%s> <", xref->id_hex) &&
           put_hex(tail, xref->id, sizeof xref->id) &&
           put_text(tail, ">] /Prev %" PRIu64, xref->previous);
}

static bool put_table(const struct pdf_xref *xref, struct buffer *tail)
{
    bool ok = put_text(tail, "xref\n");
    for (size_t i = 0; ok && i < xref->count;) {
        size_t run = run_of(xref, i);
        ok = put_text(tail, "%d %zu\n", xref->entries[i].number, run);
        for (size_t end = i + run; ok && i < end; i++) {
            ok = put_text(tail, "%010" PRIu64 " %05d n \n", xref->entries[i].offset,
                          xref->entries[i].generation);
        }
    }
    return ok && put_text(tail, "trailer\n<< ") && put_trailer(xref, xref->next_number, tail) &&
           put_text(tail, " >>\n");
}

static bool put_index(const struct pdf_xref *xref, struct buffer *tail)
{
    bool ok = put_text(tail, "/Index [");
    for (size_t i = 0; ok && i < xref->count;) {
        size_t run = run_of(xref, i);
        ok = put_text(tail, " %d %zu", xref->entries[i].number, run);
        i += run;
    }
    return ok && put_text(tail, " ] ");
}

/* The stream's own entry is in it, as its first unused number. */
static bool put_stream(const struct pdf_xref *xref, struct buffer *tail)
{
    bool ok = put_text(tail, "%d 0 obj\n<< /Type /XRef /W [1 4 2] /Length %zu ", xref->next_number,
                       xref->count * STREAM_ENTRY_SIZE) &&
              put_index(xref, tail) && put_trailer(xref, xref->next_number + 1, tail) &&
              put_text(tail, " >>\nstream\n");
    for (size_t i = 0; ok && i < xref->count; i++) {
        ok = put_u8(tail, 1) && put_u32(tail, (uint32_t)xref->entries[i].offset) &&
             put_u16(tail, (uint16_t)xref->entries[i].generation);
    }
    return ok && put_text(tail, "\nendstream\nendobj\n");
}

bool pdf_xref_put(struct pdf_xref *xref, uint64_t base, struct buffer *tail)
{
    uint64_t at = base + tail->size;
    if (xref->as_stream) {
        if (xref->count == PDF_XREF_ENTRIES_MAX) {
            return false;
        }
        xref->entries[xref->count++] =
            (struct pdf_xref_entry){.number = xref->next_number, .offset = at};
    }
    qsort(xref->entries, xref->count, sizeof *xref->entries, by_number);
    return offsets_fit(xref) &&
           (xref->as_stream ? put_stream(xref, tail) : put_table(xref, tail)) &&
           put_text(tail, "startxref\n%" PRIu64 "\n%%%%EOF\n", at);
}
