/*
 * The CMS inside a signature (RFC 5652) in its CAdES-baseline shape for PDF (ETSI EN 319 122-1,
 * EN 319 142-1): detached, one signer, signed attributes content-type, message-digest and
 * signing-certificate-v2, no signing-time.
 *
 * The key is on a card, so building takes two steps: the attributes that are to be signed, then
 * the signature put in. RSA is PKCS#1 v1.5 and ECDSA is DER, both over SHA-256.
 */
#ifndef PIRADI_CMS_H
#define PIRADI_CMS_H

#include <openssl/cms.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "letters/rule.h"

#define CMS_DIGEST_SIZE 32
#define CMS_SIGNATURE_MAX 1024

/*
 * A CMS without its signature, for this digest, with the signer's certificate and the chain
 * (may be NULL) inside. The caller frees with CMS_ContentInfo_free; NULL when OpenSSL refuses.
 */
CMS_ContentInfo *cms_begin(X509 *signer, STACK_OF(X509) * chain,
                           const uint8_t digest[CMS_DIGEST_SIZE]) MUST_USE;

/* The signed attributes as DER SET OF (RFC 5652, section 5.4): what the card's SHA-256 signature is
 * over. New bytes for the caller to OPENSSL_free(). */
bool cms_attributes(CMS_ContentInfo *cms, uint8_t **der, size_t *size) MUST_USE;

/* Puts the signature in and gives the whole as DER, to OPENSSL_free(). */
bool cms_complete(CMS_ContentInfo *cms, const uint8_t *signature, size_t signature_size,
                  uint8_t **der, size_t *size) MUST_USE;

/* A decoded CMS of the one shape that is accepted. Free with cms_signature_free. */
struct cms_signature {
    CMS_ContentInfo *cms;
    CMS_SignerInfo *signer; /* lent by cms */
    X509 *certificate;
    STACK_OF(X509) * others; /* every certificate inside, the signer's included */
    const EVP_MD *hash;      /* of the document: SHA-256, SHA-384 or SHA-512 */
};

/*
 * Decodes bytes, which may have zeros and nothing else behind the DER. RULE_NONE, or the rule that
 * it breaks unless it has the shape above; the signer's certificate must be inside.
 */
enum rule cms_signature_read(const uint8_t *bytes, size_t size,
                             struct cms_signature *signature) MUST_USE;
void cms_signature_free(struct cms_signature *signature);

/*
 * Does it sign a document with this digest (of signature->hash's size), by the certificate that
 * its attributes name? RULE_NONE, or the first rule that it breaks. Says nothing of trust.
 */
enum rule cms_signature_check(const struct cms_signature *signature,
                              const uint8_t *digest) MUST_USE;

#endif
