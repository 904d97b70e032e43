/*
 * A certificate on the card: where it lies, and, once it has been read, what stands in it.
 */
#ifndef PIRADI_PKCS11_CERTIFICATE_H
#define PIRADI_PKCS11_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"
#include "pkcs11/pkcs15.h"

struct certificate {
    struct pkcs15_certificate entry;
    struct buffer der; /* empty until read */
    X509 *x509;        /* NULL until certificate_parse */
};

void certificate_clear(struct certificate *certificate);

bool certificate_is_read(const struct certificate *certificate);
/* Takes in what was read. What follows the DER object is padding. NO_CERTIFICATE if there is no
 * such object; INTERNAL if memory is out. */
enum status certificate_take(struct certificate *certificate, const uint8_t *bytes,
                             size_t size) MUST_USE;
/* Makes one that has been read known to OpenSSL, which takes longer than to read it and is not
 * needed for its bytes. False if OpenSSL does not know it as a certificate. */
bool certificate_parse(struct certificate *certificate) MUST_USE;

/* The whole, of one that has been read. False if memory is out. */
bool certificate_put_value(const struct certificate *certificate, struct buffer *out) MUST_USE;

/* All of these need one that has been parsed. False if memory is out, or the certificate has no
 * such thing. */
bool certificate_put_subject(const struct certificate *certificate, struct buffer *out) MUST_USE;
bool certificate_put_issuer(const struct certificate *certificate, struct buffer *out) MUST_USE;
/* The INTEGER, with tag and length. */
bool certificate_put_serial(const struct certificate *certificate, struct buffer *out) MUST_USE;
/* SubjectPublicKeyInfo. */
bool certificate_put_key_info(const struct certificate *certificate, struct buffer *out) MUST_USE;
/* RSA: big-endian numbers without leading zeros. */
bool certificate_put_modulus(const struct certificate *certificate, struct buffer *out) MUST_USE;
bool certificate_put_exponent(const struct certificate *certificate, struct buffer *out) MUST_USE;
/* EC: the named curve's OBJECT IDENTIFIER; the point as an OCTET STRING. */
bool certificate_put_curve(const struct certificate *certificate, struct buffer *out) MUST_USE;
bool certificate_put_point(const struct certificate *certificate, struct buffer *out) MUST_USE;
/* The validity's dates as PKCS #11's CK_DATE, eight digits. */
bool certificate_put_start(const struct certificate *certificate, struct buffer *out) MUST_USE;
bool certificate_put_end(const struct certificate *certificate, struct buffer *out) MUST_USE;

/* Lent; NULL for a key that OpenSSL does not know. */
EVP_PKEY *certificate_key(const struct certificate *certificate);

#endif
