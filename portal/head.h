/*
 * A request's head, and whether it may be here at all. libmicrohttpd hands on two Host headers,
 * HTTP/1.0 without one, absolute addresses, two lengths and a length beside a transfer coding
 * (measured); all of that ends here. Pure: nothing of the server is touched.
 */
#ifndef PIRADI_PORTAL_HEAD_H
#define PIRADI_PORTAL_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must_use.h"
#include "base/status.h"

/* A header's value and how many times it was there; lent by the connection. */
struct header {
    const char *value;
    unsigned count;
};

struct head {
    const char *method;
    const char *path; /* as it was sent, without the query */
    const char *version;
    struct header host;
    struct header origin;
    struct header content_length;
    struct header content_type;
    struct header transfer_encoding;
    struct header sec_fetch_site;
};

/* Notes a header of the request, if it is one of the above. */
void head_note(struct head *head, const char *name, const char *value);

/* Why not: an HTTP status, our code, and a sentence (static). */
struct refusal {
    unsigned http;
    enum status status;
    const char *detail;
};

/* GET or HEAD: changes nothing. */
bool head_is_reading(const struct head *head);

/* The rules for all: one Host, and it is authority; nothing ambiguous in the length; the Origin,
 * where there is one and always where something may change, is origin. False fills *refusal. */
bool head_is_allowed(const struct head *head, const char *origin, const char *authority,
                     struct refusal *refusal) MUST_USE;

/* The rules of one route: the body is of this media type (NULL: there is none) and at most size_max
 * bytes. False fills *refusal. */
bool head_body_is_allowed(const struct head *head, const char *type, size_t size_max,
                          struct refusal *refusal) MUST_USE;

#endif
