/*
 * What our processes say to each other: frames over a byte stream (a Unix socket or a pair of
 * them).
 *
 *     length   4 bytes, big-endian: size of the payload, at most FRAME_PAYLOAD_MAX
 *     type     1 byte: 'J' one JSON object in UTF-8, 'D' a piece of document data
 *     payload
 *
 * docs/protocols.md says which messages go between whom. Everything here is pure bytes or blocking
 * descriptors; programs with an event loop feed a frame_decoder.
 */
#ifndef PIRADI_FRAME_H
#define PIRADI_FRAME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/status.h"

#define FRAME_HEADER_SIZE 5
#define FRAME_JSON_MAX (64 * 1024)
#define FRAME_DATA_MAX (256 * 1024)

enum frame_type { FRAME_JSON = 'J', FRAME_DATA = 'D' };

/* A whole frame. The payload is lent by the decoder or the buffer that it was read into. */
struct frame {
    enum frame_type type;
    const uint8_t *payload;
    size_t size;
};

/* Collects bytes and gives frames. */
struct frame_decoder {
    struct buffer pending;
    size_t consumed; /* of pending, by the frame lent last */
};

enum frame_next { FRAME_COMPLETE, FRAME_INCOMPLETE, FRAME_MALFORMED };

void frame_decoder_init(struct frame_decoder *decoder);
void frame_decoder_free(struct frame_decoder *decoder);
/* False when memory is out or more than one frame's worth of bytes is waiting unread (call
 * frame_decoder_next). */
bool frame_decoder_feed(struct frame_decoder *decoder, const void *bytes, size_t size) MUST_USE;
/* The next frame, lent until the next call on this decoder. FRAME_MALFORMED is final: close the
 * connection. */
enum frame_next frame_decoder_next(struct frame_decoder *decoder, struct frame *frame) MUST_USE;

/* Appends a frame to out. False when it would be over its type's maximum, over out's limit, or
 * memory is out. */
bool frame_put(struct buffer *out, enum frame_type type, const void *payload, size_t size) MUST_USE;
bool frame_put_json(struct buffer *out, const json_t *object) MUST_USE;

/* The frame's payload as a new reference to a JSON object; NULL for another type, bad JSON, or
 * duplicate keys. */
json_t *frame_json(const struct frame *frame) MUST_USE;

/*
 * Blocking, for worker, prompt and document: write a frame, or read the next into decoder.
 * frame_read returns STATUS_OK, STATUS_USER_CANCELLED when the peer closed between frames,
 * STATUS_INTERNAL otherwise.
 */
bool frame_write(int fd, enum frame_type type, const void *payload, size_t size) MUST_USE;
bool frame_write_json(int fd, const json_t *object) MUST_USE;
enum status frame_read(int fd, struct frame_decoder *decoder, struct frame *frame) MUST_USE;

#endif
