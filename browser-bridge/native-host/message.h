/*
 * Native messages, as browsers and their native programs exchange them over standard input and
 * output: four bytes of length in the machine's own byte order, then that much JSON in UTF-8
 * (Chrome for Developers, "Native messaging"; MDN, the same).
 */
#ifndef PIRADI_NATIVE_HOST_MESSAGE_H
#define PIRADI_NATIVE_HOST_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"

#define MESSAGE_LENGTH_SIZE 4
#define MESSAGE_MAX 8192 /* what the Web eID extension itself allows for a request */
#define MESSAGE_ANSWER_MAX (64 * 1024)

enum message_next { MESSAGE_COMPLETE, MESSAGE_INCOMPLETE, MESSAGE_MALFORMED };

/* The first message of these bytes, lent. Malformed: its length is 0 or over MESSAGE_MAX. */
enum message_next message_first(const uint8_t *bytes, size_t size, struct reader *payload) MUST_USE;

/* Appends a message with this object. False when it does not fit, or memory is out. */
bool message_put(struct buffer *out, const json_t *object) MUST_USE;

#endif
