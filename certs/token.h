/*
 * The Web eID authentication token, version 1: what a login is (web-eid-system-architecture-doc,
 * "Web eID authentication token", format `web-eid:1.0`).
 *
 *     {"unverifiedCertificate": BASE64, "algorithm": "RS256", "signature": BASE64,
 *      "format": "web-eid:1.0", "appVersion": TEXT}
 *
 * The signature is over H(origin) || H(nonce), H being the algorithm's hash, which the signature
 * algorithm then hashes again. ES* signatures are raw r || s of the curve's size; PS* have a salt
 * of the hash's size; RS* are PKCS#1 v1.5. Names and combinations: RFC 7518, section 3.1.
 */
#ifndef PIRADI_TOKEN_H
#define PIRADI_TOKEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/must_use.h"
#include "base/status.h"
#include "certs/subject.h"
#include "certs/validation.h"

#define TOKEN_JSON_MAX ((size_t)32 * 1024)
#define TOKEN_ORIGIN_MAX 255
#define TOKEN_NONCE_MIN 44 /* 256 bits in base64 */
#define TOKEN_NONCE_MAX 128
#define TOKEN_MESSAGE_MAX 128

/*
 * H(origin) || H(nonce) for the algorithm, e.g. "RS256": what the card signs at a login, and
 * nothing else (rule A4). The origin is `https://host[:port]` as the verifier knows itself; the
 * nonce is hashed as the text that it is. STATUS_NONCE_TOO_SHORT, STATUS_BAD_REQUEST for a length
 * out of bounds or an algorithm that is none of ours, STATUS_INTERNAL when hashing fails.
 */
enum status token_message(const char *algorithm, const char *origin, const char *nonce,
                          uint8_t message[TOKEN_MESSAGE_MAX], size_t *size) MUST_USE;

/*
 * A token's bytes as a new reference to a JSON object; NULL unless it is strict JSON without
 * duplicate keys, at most TOKEN_JSON_MAX bytes.
 */
json_t *token_parse(const void *bytes, size_t size) MUST_USE;

/* What the verifier knows by itself; never read from the token. */
struct token_rules {
    const struct trust *trust;
    const char *origin; /* the portal's own */
    const char *nonce;  /* issued by the portal to this session, used for the first time */
    time_t at;
};

/*
 * STATUS_OK and the citizen who logged in, or why not, with a sentence for a developer (static) in
 * *detail: format, decoding, key usage, chain and validity, signature, in this order.
 * STATUS_VERSION_UNSUPPORTED for another format; STATUS_BAD_REQUEST for what is malformed;
 * STATUS_SIGNATURE_INVALID for a signature that does not fit; STATUS_CERTIFICATE_* as
 * certs/trust.h says,
 * STATUS_CERTIFICATE_NOT_FOR_THIS_USE also for a certificate that names no citizen.
 */
enum status token_verify(const json_t *token, const struct token_rules *rules,
                         struct subject *citizen, const char **detail) MUST_USE;

/* Who logged in, and how sure that is. */
struct token_outcome {
    struct subject citizen;
    struct revocation_finding revocation;
    bool in_grace; /* as certs/validation.h says: log it */
};

/*
 * The same with the revocation of the certificate, asked of the validator's sources by these
 * rules, after all else: nobody but the card's holder can have us ask. rules->trust is not used.
 * Besides: STATUS_CERTIFICATE_REVOKED, STATUS_REVOCATION_UNKNOWN.
 */
enum status token_validate(const json_t *token, const struct token_rules *rules,
                           const struct validator *validator,
                           const struct revocation_rules *revocation, struct token_outcome *outcome,
                           const char **detail) MUST_USE;

#endif
