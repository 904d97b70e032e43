/*
 * OCSP responses and CRLs that came with a message, from a cache or from their services. To be in
 * here says nothing: each is believed only after certs/revocation.h has verified it for the
 * certificate in question.
 */
#ifndef PIRADI_EVIDENCE_H
#define PIRADI_EVIDENCE_H

#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

#define EVIDENCE_MAX 128
#define EVIDENCE_OCSP_MAX ((size_t)64 * 1024) /* bytes of a response */
#define EVIDENCE_CRL_MAX ((size_t)32 * 1024 * 1024)

enum evidence_kind { EVIDENCE_OCSP, EVIDENCE_CRL };

struct evidence_item {
    enum evidence_kind kind;
    uint8_t *der; /* an OCSPResponse (RFC 6960, section 4.2.1) or a CertificateList (RFC 5280) */
    size_t size;
    OCSP_BASICRESP *ocsp; /* of an EVIDENCE_OCSP */
    X509_CRL *crl;        /* of an EVIDENCE_CRL */
};

/* Zero-initialise; free with evidence_clear. */
struct evidence {
    size_t count;
    struct evidence_item items[EVIDENCE_MAX];
};

/*
 * Each takes a copy of what is exactly one structure of its kind and within its size. False,
 * nothing added, for anything else, when EVIDENCE_MAX are there, or memory is out; the same bytes a
 * second time are left out and are no failure. A response that is not "successful" is refused.
 */
bool evidence_add_ocsp(struct evidence *evidence, const uint8_t *der, size_t size) MUST_USE;
/* A BasicOCSPResponse, as a CMS carries it; it is kept as the OCSPResponse around it. */
bool evidence_add_ocsp_basic(struct evidence *evidence, const uint8_t *der, size_t size) MUST_USE;
bool evidence_add_crl(struct evidence *evidence, const uint8_t *der, size_t size) MUST_USE;
/* A copy of an item of another. */
bool evidence_add_item(struct evidence *evidence, const struct evidence_item *item) MUST_USE;

void evidence_clear(struct evidence *evidence);

#endif
