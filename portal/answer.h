/* What a handler gives back: an HTTP status and a response, its own headers set. The server adds
 * those that every answer has. */
#ifndef PIRADI_PORTAL_ANSWER_H
#define PIRADI_PORTAL_ANSWER_H

#include <jansson.h>
#include <microhttpd.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"

struct answer {
    unsigned http;
    struct MHD_Response *response; /* NULL when memory is out: the connection is then closed */
};

/* 200 or whatever http says, with a JSON object, whose reference this takes. NULL is answered as
 * STATUS_INTERNAL. */
struct answer answer_json(unsigned http, json_t *object) MUST_USE;

/* 200 with the buffer's bytes, which this takes: the buffer is empty afterwards. type is static. */
struct answer answer_bytes(const char *type, struct buffer *bytes) MUST_USE;

/* 200 with bytes that stay where they are as long as the server runs. */
struct answer answer_lent(const char *type, const void *bytes, size_t size) MUST_USE;

/* No content: 204 or 304. */
struct answer answer_empty(unsigned http) MUST_USE;

/*
 * A problem (RFC 9457) with the status's code and its HTTP status. detail is English, for a
 * developer, and may be NULL; nothing in it may be a person's. STATUS_INTERNAL gets an incident
 * number that is in the log too.
 */
struct answer answer_problem(enum status status, const char *detail) MUST_USE;

/* The same with another HTTP status, where HTTP has one of its own for the case (405, 415, 421). */
struct answer answer_refusal(unsigned http, enum status status, const char *detail) MUST_USE;

/* The same with retry_after_s, in the header Retry-After too. */
struct answer answer_too_many(unsigned retry_after_s) MUST_USE;

/* A header more. Losing one to want of memory closes the connection, as no answer is sent without
 * its cookie or its policy. */
void answer_header(struct answer *answer, const char *name, const char *value);

#endif
