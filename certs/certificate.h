/* Certificates as they arrive from outside: bounded, whole, and nothing behind them. */
#ifndef PIRADI_CERTIFICATE_H
#define PIRADI_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* Bytes of one DER certificate; the national ones have under 3 KiB. */
#define CERTIFICATE_MAX ((size_t)16 * 1024)

/* A new certificate for the caller to X509_free(); NULL unless der is exactly one (RFC 5280). */
X509 *certificate_from_der(const uint8_t *der, size_t size) MUST_USE;

/* The same from strict base64 of that DER. */
X509 *certificate_from_base64(const char *text) MUST_USE;

/*
 * Whether it keeps to what every certificate must (RFC 5280, section 4.1): version 3, a positive
 * serial number of at most 20 octets, and a key of certs/key_strength.h.
 */
bool certificate_is_sound(X509 *certificate) MUST_USE;

#endif
