/*
 * Time-stamps (RFC 3161, RFC 5816): asked of an authority, and checked, first as an answer to what
 * was asked and later as proof of when something existed.
 *
 * A token is believed only if it is of the very data, signed by a certificate for time-stamps alone
 * (extended key usage, critical), named in its attributes, with a chain to an anchor.
 */
#ifndef PIRADI_TIMESTAMP_H
#define PIRADI_TIMESTAMP_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/must_use.h"
#include "certs/fetch.h"
#include "certs/subject.h"
#include "certs/trust.h"
#include "letters/rule.h"

#define TIMESTAMP_IMPRINT_SIZE 32 /* SHA-256 */
#define TIMESTAMP_NONCE_SIZE 16
#define TIMESTAMP_TOKEN_MAX ((size_t)32 * 1024)
#define TIMESTAMP_AUTHORITIES_MAX 8

struct timestamp_request {
    uint8_t imprint[TIMESTAMP_IMPRINT_SIZE];
    uint8_t nonce[TIMESTAMP_NONCE_SIZE];
    uint8_t *der; /* a TimeStampReq, for timestamp_request_free */
    size_t size;
};

/* False when OpenSSL refuses. */
bool timestamp_request_make(const uint8_t imprint[TIMESTAMP_IMPRINT_SIZE],
                            struct timestamp_request *request) MUST_USE;
void timestamp_request_free(struct timestamp_request *request);

/* Hashes what was stamped; digest holds EVP_MAX_MD_SIZE. */
typedef bool timestamp_digest(const void *data, const EVP_MD *hash, uint8_t *digest);

struct timestamp {
    time_t at;
    char authority[SUBJECT_TEXT_MAX]; /* CN of its certificate, safe to show, or empty */
};

/*
 * Is the token a time-stamp of data, by an authority that is trusted at `now`? RULE_NONE, or the
 * first rule that it breaks; *stamp is filled in only for RULE_NONE.
 */
enum rule timestamp_check(const struct trust *trust, const uint8_t *token, size_t size,
                          timestamp_digest *digest, const void *data, time_t now,
                          struct timestamp *stamp) MUST_USE;

/*
 * Does a TimeStampResp answer the request, and is its token good? RULE_NONE and a new token for the
 * caller to OPENSSL_free(), or the first rule that it breaks.
 */
enum rule timestamp_accept(const struct trust *trust, const struct timestamp_request *request,
                           const uint8_t *response, size_t response_size, time_t now,
                           uint8_t **token, size_t *size) MUST_USE;

struct timestamp_authorities {
    size_t count;
    const char *urls[TIMESTAMP_AUTHORITIES_MAX]; /* in the order to be asked */
    int timeout_ms;                              /* of each */
};

/*
 * Asks one authority after the other until one answers validly, for a token as above.
 * STATUS_TIMESTAMP_UNAVAILABLE if none does, with what the last one did in detail.
 */
enum status timestamp_fetch(const struct fetcher *fetcher,
                            const struct timestamp_authorities *authorities,
                            const struct trust *trust,
                            const uint8_t imprint[TIMESTAMP_IMPRINT_SIZE], time_t now,
                            uint8_t **token, size_t *size, struct detail *detail) MUST_USE;

#endif
