/*
 * OCSP responses, CRLs and CA certificates kept in a folder, shared by all processes of one user.
 * The folder is believed in nothing: what comes out of it is verified like an answer from the
 * network. Each entry is one file, written aside and renamed, so that nobody sees half of one.
 */
#ifndef PIRADI_REVOCATION_CACHE_H
#define PIRADI_REVOCATION_CACHE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/buffer.h"
#include "base/must_use.h"

struct revocation_cache;

/* Opens the folder, made with mode 0700 where there is none. NULL, with the reason in the log. */
struct revocation_cache *revocation_cache_open(const char *folder) MUST_USE;
void revocation_cache_close(struct revocation_cache **cache);

/* Which entry: the OCSP response for a certificate of an issuer, or what lies at an address. */
struct revocation_key {
    char name[72];
};
bool revocation_key_ocsp(const X509 *certificate, const X509 *issuer,
                         struct revocation_key *key) MUST_USE;
bool revocation_key_url(const char *url, struct revocation_key *key) MUST_USE;

/* Gives the entry's bytes, for buffer_free, and when they were put. False if there is none, or it
 * has more than size_max bytes. */
bool revocation_cache_get(struct revocation_cache *cache, const struct revocation_key *key,
                          size_t size_max, struct buffer *bytes, time_t *stored) MUST_USE;

/* Puts the bytes, in place of earlier ones. What cannot be written is logged and lost. */
void revocation_cache_put(struct revocation_cache *cache, const struct revocation_key *key,
                          const void *bytes, size_t size);

/* Removes entries that were put before that time. */
void revocation_cache_prune(struct revocation_cache *cache, time_t before);

#endif
