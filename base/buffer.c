#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256

struct reader reader_of(const void *bytes, size_t size)
{
    return (struct reader){.next = bytes, .left = size};
}

bool get_bytes_direct(struct reader *reader, size_t size, const uint8_t **bytes)
{
    if (reader->left < size) {
        return false;
    }
    *bytes = reader->next;
    reader->next += size;
    reader->left -= size;
    return true;
}

bool get_reader(struct reader *reader, size_t size, struct reader *part)
{
    const uint8_t *bytes;
    if (!get_bytes_direct(reader, size, &bytes)) {
        return false;
    }
    *part = reader_of(bytes, size);
    return true;
}

static bool get_big_endian(struct reader *reader, size_t size, uint32_t *value)
{
    const uint8_t *bytes;
    if (!get_bytes_direct(reader, size, &bytes)) {
        return false;
    }
    uint32_t sum = 0;
    for (size_t i = 0; i < size; i++) {
        sum = sum << 8 | bytes[i];
    }
    *value = sum;
    return true;
}

bool get_u8(struct reader *reader, uint8_t *value)
{
    uint32_t wide;
    if (!get_big_endian(reader, 1, &wide)) {
        return false;
    }
    *value = (uint8_t)wide;
    return true;
}

bool get_u16(struct reader *reader, uint16_t *value)
{
    uint32_t wide;
    if (!get_big_endian(reader, 2, &wide)) {
        return false;
    }
    *value = (uint16_t)wide;
    return true;
}

bool get_u32(struct reader *reader, uint32_t *value)
{
    return get_big_endian(reader, 4, value);
}

void buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){.limit = limit};
}

void buffer_free(struct buffer *buffer)
{
    if (buffer->bytes != NULL) {
        explicit_bzero(buffer->bytes, buffer->capacity);
        free(buffer->bytes);
    }
    *buffer = (struct buffer){.limit = buffer->limit};
}

/* Not realloc: that may leave the old bytes behind unwiped. */
static bool grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < needed) {
        capacity = capacity > buffer->limit / 2 ? buffer->limit : capacity * 2;
    }
    uint8_t *bytes = malloc(capacity);
    if (bytes == NULL) {
        return false;
    }
    if (buffer->bytes != NULL) {
        memcpy(bytes, buffer->bytes, buffer->size);
        explicit_bzero(buffer->bytes, buffer->capacity);
        free(buffer->bytes);
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

uint8_t *put_space(struct buffer *buffer, size_t size)
{
    if (size > buffer->limit - buffer->size) {
        return NULL;
    }
    size_t needed = buffer->size + size;
    if ((buffer->bytes == NULL || needed > buffer->capacity) && !grow(buffer, needed)) {
        return NULL;
    }
    uint8_t *space = buffer->bytes + buffer->size;
    buffer->size = needed;
    return space;
}

bool put_bytes(struct buffer *buffer, const void *bytes, size_t size)
{
    uint8_t *space = put_space(buffer, size);
    if (space == NULL) {
        return false;
    }
    if (size > 0) {
        memcpy(space, bytes, size);
    }
    return true;
}

bool put_u8(struct buffer *buffer, uint8_t value)
{
    return put_bytes(buffer, &value, 1);
}

bool put_u16(struct buffer *buffer, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    return put_bytes(buffer, bytes, sizeof bytes);
}

bool put_u32(struct buffer *buffer, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                        (uint8_t)value};
    return put_bytes(buffer, bytes, sizeof bytes);
}

void buffer_consume(struct buffer *buffer, size_t size)
{
    if (size >= buffer->size) {
        buffer->size = 0;
        return;
    }
    memmove(buffer->bytes, buffer->bytes + size, buffer->size - size);
    buffer->size -= size;
}
