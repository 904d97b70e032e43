/*
 * The XML signature of an ASiC-E container (ETSI EN 319 132-1, baseline B-B): a Reference for each
 * file and one for SignedProperties, which names the signer's certificate, the claimed time and
 * each file's media type.
 *
 * RSA is PKCS#1 v1.5, ECDSA is r||s in XML (RFC 6931, 2.3.6) and DER on the card; made with SHA-256
 * and exclusive canonicalisation.
 */
#ifndef PIRADI_XADES_H
#define PIRADI_XADES_H

#include <libxml/tree.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/must_use.h"
#include "letters/rule.h"

#define XADES_DIGEST_SIZE 32
#define XADES_REFERENCES_MAX 1024

struct xades_file {
    const char *name; /* UTF-8, within the container */
    const char *media_type;
    uint8_t digest[XADES_DIGEST_SIZE];
};

struct xades_parts {
    const struct xades_file *files;
    size_t count;
    X509 *signer;
    STACK_OF(X509) * chain; /* put inside with the signer's; may be NULL */
    time_t at;              /* the signer's clock */
};

/* An asic:XAdESSignatures without the signature's value; xmlFreeDoc. NULL for a certificate that
 * cannot sign so, or when memory is out. */
xmlDocPtr xades_begin(const struct xades_parts *parts) MUST_USE;

/* What the card's SHA-256 signature is over, as new bytes to xmlFree(). */
bool xades_to_be_signed(xmlDocPtr document, uint8_t **bytes, size_t *size) MUST_USE;

/* Puts the signature in, and gives the whole as new bytes to xmlFree(). */
bool xades_complete(xmlDocPtr document, const X509 *signer, const uint8_t *signature,
                    size_t signature_size, uint8_t **xml, size_t *size) MUST_USE;

struct xades_reference {
    char *name; /* of the file, decoded */
    const EVP_MD *hash;
    uint8_t digest[EVP_MAX_MD_SIZE];
};

/* A signature whose own bindings hold: properties, certificate, value. Free with
 * xades_signature_free. */
struct xades_signature {
    X509 *certificate;       /* the signer's; NULL if it was not reached */
    STACK_OF(X509) * others; /* every certificate inside */
    size_t count;
    struct xades_reference references[XADES_REFERENCES_MAX]; /* of files, all different */
    bool has_claimed_time;
    time_t claimed_time;
};

/*
 * Reads a META-INF/signatures file. RULE_NONE, or the first rule that it breaks, with what was read
 * until then. Says nothing of the files and of trust.
 */
enum rule xades_read(const uint8_t *bytes, size_t size, struct xades_signature *signature) MUST_USE;
void xades_signature_free(struct xades_signature *signature);

#endif
