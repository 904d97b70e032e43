/* Certificates as they arrive from outside: bounded, whole, and nothing behind them. */
#ifndef PIRADI_CERTIFICATE_H
#define PIRADI_CERTIFICATE_H

#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* Bytes of one DER certificate; the national ones have under 3 KiB. */
#define CERTIFICATE_MAX ((size_t)16 * 1024)

/* A new certificate for the caller to X509_free(); NULL unless der is exactly one (RFC 5280). */
X509 *certificate_from_der(const uint8_t *der, size_t size) MUST_USE;

/* The same from strict base64 of that DER. */
X509 *certificate_from_base64(const char *text) MUST_USE;

#endif
