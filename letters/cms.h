/*
 * The CMS inside a signature (RFC 5652) in its CAdES-baseline shape (ETSI EN 319 122-1): one
 * signer, signed attributes content-type, message-digest and signing-certificate-v2.
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
#include <time.h>

#include "base/must_use.h"
#include "letters/rule.h"

#define CMS_DIGEST_SIZE 32
#define CMS_SIGNATURE_MAX 1024

enum cms_kind {
    CMS_OF_PDF,       /* EN 319 142-1: detached, without signing-time */
    CMS_OF_FILE,      /* EN 319 122-1: detached or with the file inside, with signing-time */
    CMS_OF_TIMESTAMP, /* RFC 3161, 2.4.2: a TSTInfo inside; only read here */
};

/* What a CMS is made of. */
struct cms_parts {
    enum cms_kind kind;
    X509 *signer;
    STACK_OF(X509) * chain; /* put inside with the signer's; may be NULL */
    const uint8_t *digest;  /* of the content, CMS_DIGEST_SIZE bytes */
    time_t at;              /* of CMS_OF_FILE: the signer's clock */
    const uint8_t *content; /* of CMS_OF_FILE, to be put inside; NULL: detached */
    size_t content_size;
};

/* A CMS without its signature. The caller frees with CMS_ContentInfo_free; NULL when OpenSSL
 * refuses. */
CMS_ContentInfo *cms_begin(const struct cms_parts *parts) MUST_USE;

/* The signed attributes as DER SET OF (RFC 5652, section 5.4): what the card's SHA-256 signature is
 * over. New bytes for the caller to OPENSSL_free(). */
bool cms_attributes(CMS_ContentInfo *cms, uint8_t **der, size_t *size) MUST_USE;

/* Puts the signature in and gives the whole as DER, to OPENSSL_free(). */
bool cms_complete(CMS_ContentInfo *cms, const uint8_t *signature, size_t signature_size,
                  uint8_t **der, size_t *size) MUST_USE;

/* A time-stamp of the signature put into a signed CMS (EN 319 122-1, 5.3): the whole as new DER, to
 * OPENSSL_free(). */
bool cms_add_timestamp(const uint8_t *cms, size_t cms_size, const uint8_t *token, size_t token_size,
                       uint8_t **der, size_t *size) MUST_USE;

/* A decoded CMS of the shape that its kind has. Free with cms_signature_free. */
struct cms_signature {
    enum cms_kind kind;
    CMS_ContentInfo *cms;
    CMS_SignerInfo *signer; /* lent by cms */
    X509 *certificate;
    STACK_OF(X509) * others; /* every certificate inside, the signer's included */
    const EVP_MD *hash;      /* of the content: SHA-256, SHA-384 or SHA-512 */
};

/*
 * Decodes bytes; behind a PDF's DER there may be zeros. RULE_NONE, or the rule that it breaks
 * unless it has the shape above; the signer's certificate must be inside.
 */
enum rule cms_signature_read(enum cms_kind kind, const uint8_t *bytes, size_t size,
                             struct cms_signature *signature) MUST_USE;
void cms_signature_free(struct cms_signature *signature);

/*
 * Does it sign content with this digest (of signature->hash's size), by the certificate that
 * its attributes name? RULE_NONE, or the first rule that it breaks. Says nothing of trust.
 */
enum rule cms_signature_check(const struct cms_signature *signature,
                              const uint8_t *digest) MUST_USE;

/* The content inside, lent; NULL where it is detached. */
const ASN1_OCTET_STRING *cms_signature_content(const struct cms_signature *signature);

/* The signing-time attribute. False if it has none that can be read. */
bool cms_signature_time(const struct cms_signature *signature, time_t *at) MUST_USE;

/* The value of the signature, lent: what a time-stamp is of. */
const ASN1_OCTET_STRING *cms_signature_value(const struct cms_signature *signature);

/* The DER of its time-stamp of this index, lent. False if there are not so many. */
bool cms_signature_timestamp(const struct cms_signature *signature, int index,
                             const uint8_t **token, size_t *size) MUST_USE;

#endif
