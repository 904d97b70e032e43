/*
 * certs/fetch.h by libcurl, in this process. HTTP and HTTPS alone, no redirect is followed, no
 * cookie kept, no proxy of the environment believed. Addresses that a certificate names may be an
 * attacker's choice, so connections go to public addresses only, unless private ones are allowed
 * (RFC 6890: loopback, link-local, private, unspecified, multicast).
 */
#ifndef PIRADI_FETCH_CURL_H
#define PIRADI_FETCH_CURL_H

#include <stdbool.h>

#include "base/must_use.h"
#include "certs/fetch.h"

struct fetch_options {
    bool private_addresses; /* may be connected to: in tests, and where a CA lives in one's own net
                             */
    const char *proxy;      /* e.g. "http://proxy.example.ge:3128"; NULL: none */
};

/* options must outlive the fetcher, and be the same for all its time. False if libcurl cannot be
 * used. Call it before there are threads. */
bool fetch_curl_init(struct fetcher *fetcher, const struct fetch_options *options) MUST_USE;

#endif
