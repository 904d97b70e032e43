#include "base/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One whole frame and the beginning of the next. */
#define PENDING_MAX (2 * (FRAME_HEADER_SIZE + FRAME_DATA_MAX))
#define READ_CHUNK (64 * 1024)

static bool is_allowed(uint8_t type, size_t size)
{
    return (type == FRAME_JSON && size <= FRAME_JSON_MAX) ||
           (type == FRAME_DATA && size <= FRAME_DATA_MAX);
}

void frame_decoder_init(struct frame_decoder *decoder)
{
    buffer_init(&decoder->pending, PENDING_MAX);
    decoder->consumed = 0;
}

void frame_decoder_free(struct frame_decoder *decoder)
{
    buffer_free(&decoder->pending);
    decoder->consumed = 0;
}

static void drop_consumed(struct frame_decoder *decoder)
{
    if (decoder->consumed > 0) {
        buffer_consume(&decoder->pending, decoder->consumed);
        decoder->consumed = 0;
    }
}

bool frame_decoder_feed(struct frame_decoder *decoder, const void *bytes, size_t size)
{
    drop_consumed(decoder);
    return put_bytes(&decoder->pending, bytes, size);
}

enum frame_next frame_decoder_next(struct frame_decoder *decoder, struct frame *frame)
{
    drop_consumed(decoder);
    struct reader reader = reader_of(decoder->pending.bytes, decoder->pending.size);
    uint32_t size;
    uint8_t type;
    if (!get_u32(&reader, &size) || !get_u8(&reader, &type)) {
        return FRAME_INCOMPLETE;
    }
    if (!is_allowed(type, size)) {
        return FRAME_MALFORMED;
    }
    const uint8_t *payload;
    if (!get_bytes_direct(&reader, size, &payload)) {
        return FRAME_INCOMPLETE;
    }
    decoder->consumed = FRAME_HEADER_SIZE + size;
    *frame = (struct frame){.type = (enum frame_type)type, .payload = payload, .size = size};
    return FRAME_COMPLETE;
}

bool frame_put(struct buffer *out, enum frame_type type, const void *payload, size_t size)
{
    if (!is_allowed((uint8_t)type, size)) {
        return false;
    }
    size_t before = out->size;
    if (put_u32(out, (uint32_t)size) && put_u8(out, (uint8_t)type) &&
        put_bytes(out, payload, size)) {
        return true;
    }
    out->size = before;
    return false;
}

bool frame_put_json(struct buffer *out, const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    if (text == NULL) {
        return false;
    }
    bool ok = frame_put(out, FRAME_JSON, text, strlen(text));
    free(text);
    return ok;
}

json_t *frame_json(const struct frame *frame)
{
    if (frame->type != FRAME_JSON) {
        return NULL;
    }
    json_t *value =
        json_loadb((const char *)frame->payload, frame->size, JSON_REJECT_DUPLICATES, NULL);
    if (value != NULL && !json_is_object(value)) {
        json_decref(value);
        return NULL;
    }
    return value;
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = send(fd, bytes, size, MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool write_buffer(int fd, struct buffer *out, bool encoded)
{
    bool ok = encoded && write_all(fd, out->bytes, out->size);
    buffer_free(out);
    return ok;
}

bool frame_write(int fd, enum frame_type type, const void *payload, size_t size)
{
    struct buffer out;
    buffer_init(&out, FRAME_HEADER_SIZE + FRAME_DATA_MAX);
    return write_buffer(fd, &out, frame_put(&out, type, payload, size));
}

bool frame_write_json(int fd, const json_t *object)
{
    struct buffer out;
    buffer_init(&out, FRAME_HEADER_SIZE + FRAME_JSON_MAX);
    return write_buffer(fd, &out, frame_put_json(&out, object));
}

static ssize_t read_some(int fd, uint8_t *bytes, size_t size)
{
    ssize_t got;
    do {
        got = read(fd, bytes, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

enum status frame_read(int fd, struct frame_decoder *decoder, struct frame *frame)
{
    for (;;) {
        enum frame_next next = frame_decoder_next(decoder, frame);
        if (next == FRAME_COMPLETE) {
            return STATUS_OK;
        }
        if (next == FRAME_MALFORMED) {
            return STATUS_INTERNAL;
        }
        uint8_t chunk[READ_CHUNK];
        ssize_t got = read_some(fd, chunk, sizeof chunk);
        if (got == 0 && decoder->pending.size == 0) {
            return STATUS_USER_CANCELLED;
        }
        if (got <= 0 || !frame_decoder_feed(decoder, chunk, (size_t)got)) {
            return STATUS_INTERNAL;
        }
    }
}
