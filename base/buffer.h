/*
 * One bounded cursor for all wire bytes. Reading: a view over somebody's bytes, from which get_*
 * take in order and fail without moving when there is less than asked. Writing: a growing owner
 * with a cap given at the start.
 */
#ifndef PIRADI_BUFFER_H
#define PIRADI_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* A view; owns nothing. */
struct reader {
    const uint8_t *next;
    size_t left;
};

struct reader reader_of(const void *bytes, size_t size);
bool get_u8(struct reader *reader, uint8_t *value) MUST_USE;
bool get_u16(struct reader *reader, uint16_t *value) MUST_USE; /* big-endian */
bool get_u32(struct reader *reader, uint32_t *value) MUST_USE; /* big-endian */
/* Lends size bytes of the view's own memory. */
bool get_bytes_direct(struct reader *reader, size_t size, const uint8_t **bytes) MUST_USE;
/* Takes size bytes as a view of their own. */
bool get_reader(struct reader *reader, size_t size, struct reader *part) MUST_USE;

/* An owner. Zero-initialise with buffer_init; free with buffer_free, which wipes. */
struct buffer {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t limit; /* it never grows over this */
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_free(struct buffer *buffer);
/* All put_* fail, changing nothing, when the limit would be passed or memory is out. */
bool put_u8(struct buffer *buffer, uint8_t value) MUST_USE;
bool put_u16(struct buffer *buffer, uint16_t value) MUST_USE; /* big-endian */
bool put_u32(struct buffer *buffer, uint32_t value) MUST_USE; /* big-endian */
bool put_bytes(struct buffer *buffer, const void *bytes, size_t size) MUST_USE;
/* Room for size bytes at the end, counted as written; NULL as above. Valid until the next put. */
uint8_t *put_space(struct buffer *buffer, size_t size) MUST_USE;
/* Drops the first size bytes (at most all of them). */
void buffer_consume(struct buffer *buffer, size_t size);

#endif
