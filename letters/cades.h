/*
 * Files of any kind signed as CAdES baseline (ETSI EN 319 122-1, clause 6), levels B-B and B-T: a
 * .p7s beside the file, or with the file inside.
 *
 * Signing takes three steps: prepare, attributes (what the card signs), finish.
 */
#ifndef PIRADI_CADES_H
#define PIRADI_CADES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "certs/subject.h"
#include "certs/trust.h"
#include "letters/cms_stamp.h"
#include "letters/detail.h"
#include "letters/rule.h"

/* Largest file put inside its signature, and largest signature that is read. */
#define CADES_ENCLOSED_MAX ((size_t)16 * 1024 * 1024)
#define CADES_SIGNATURE_MAX (CADES_ENCLOSED_MAX + (size_t)256 * 1024)

struct cades;

/*
 * Reads the file, which stays the caller's and must outlive the result; `at` is the signer's clock.
 * STATUS_DOCUMENT_TOO_LARGE (FILE_SIZE_MAX beside, CADES_ENCLOSED_MAX inside), STATUS_INTERNAL.
 * Free with cades_free.
 */
enum status cades_prepare(int file, bool enclosed, time_t at, struct cades **cades,
                          struct detail *detail) MUST_USE;
void cades_free(struct cades **cades);

/*
 * The DER whose SHA-256 signature the card makes; the chain (may be NULL) is put inside. New bytes
 * to OPENSSL_free(). STATUS_BAD_REQUEST for a certificate that cannot sign so,
 * STATUS_DOCUMENT_DAMAGED if the file was changed since.
 */
enum status cades_attributes(struct cades *cades, X509 *signer, STACK_OF(X509) * chain,
                             uint8_t **to_be_signed, size_t *size, struct detail *detail) MUST_USE;

/*
 * The .p7s, as new DER to OPENSSL_free(), once it has been decoded and verified again.
 * STATUS_SIGNATURE_INVALID for a signature that does not fit, STATUS_BAD_REQUEST for one of no
 * signature's size or without cades_attributes before, STATUS_DOCUMENT_DAMAGED as above.
 */
enum status cades_finish(struct cades *cades, const uint8_t *signature, size_t signature_size,
                         uint8_t **der, size_t *size, struct detail *detail) MUST_USE;

struct cades_report {
    enum rule rule; /* RULE_NONE: valid and trusted, and what follows is to be believed */
    bool is_enclosed;
    bool has_signer; /* a signer's certificate was found; trusted only with RULE_NONE */
    struct subject signer;
    bool has_claimed_time;
    time_t claimed_time; /* by the signer's clock */
    struct cms_stamps stamps;
};

/*
 * Verifies a .p7s, with chains judged at the proven time of a good time-stamp, else at `at`. `file`
 * is what was signed; -1 where it is inside. STATUS_OK, or the report's rule's status;
 * STATUS_DOCUMENT_TOO_LARGE, STATUS_INTERNAL. A file given although one is inside, or none given
 * although none is, is RULE_CMS_SHAPE.
 */
enum status cades_verify(int signature, int file, const struct trust *trust, time_t at,
                         struct cades_report *report, struct detail *detail) MUST_USE;

#endif
