/*
 * The way to the internet that trust needs: one HTTP exchange (RFC 9110), bounded in time and size.
 * certs/ and letters/ never open a connection themselves: they are handed a `struct fetcher`, so
 * that a portal fetches in its own process (certs/fetch_curl.h) and the agent lets piradi-fetch do
 * it.
 */
#ifndef PIRADI_FETCH_H
#define PIRADI_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/must_use.h"

#define FETCH_URL_MAX 2048
/* Bodies that we send: an OCSP or time-stamp request has a few hundred bytes. */
#define FETCH_BODY_MAX ((size_t)64 * 1024)

struct fetch_request {
    const char *url;       /* http:// or https://, at most FETCH_URL_MAX bytes */
    const char *body_type; /* media type of body; NULL: a GET without one */
    const void *body;
    size_t body_size;
    const char *answer_type; /* the answer's media type must be this; NULL: any */
    size_t answer_max;       /* bytes; a longer answer is a failure */
    int timeout_ms;          /* for everything, from the name to the last byte */
};

/*
 * True, with the body of a 200 answer in *answer, which the caller has initialised with nothing (it
 * is initialised here) and frees with buffer_free. False with *why (static, English, for a
 * developer) and *answer untouched.
 */
typedef bool fetch_function(void *context, const struct fetch_request *request,
                            struct buffer *answer, const char **why);

struct fetcher {
    fetch_function *fetch; /* may be called by several threads at once */
    void *context;
};

/* Whether the text can be fetched at all: its scheme, its length, no control characters or spaces,
 * no user name. */
bool fetch_url_is_allowed(const char *url) MUST_USE;

#endif
