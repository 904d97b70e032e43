/*
 * Files of any kind and number in one container, signed as ASiC-E with XAdES B-B (ETSI EN 319
 * 162-1, 4.4; EN 319 132-1, clause 6). Files are streamed, never in memory whole.
 *
 * Signing takes three steps: prepare, attributes (what the card signs), finish.
 */
#ifndef PIRADI_ASICE_H
#define PIRADI_ASICE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "certs/subject.h"
#include "certs/trust.h"
#include "letters/detail.h"
#include "letters/rule.h"

#define ASICE_FILES_MAX 256
#define ASICE_NAME_MAX 255 /* bytes of UTF-8 */
#define ASICE_SIGNATURES_MAX 16
#define ASICE_MEDIA_TYPE "application/vnd.etsi.asic-e+zip"

/* A file to be signed; all is lent, and outlives the container's making. */
struct asice_file {
    const char *name;       /* within the container: relative, no "..", not META-INF/, mimetype */
    const char *media_type; /* e.g. "application/pdf" */
    int fd;
};

struct asice;

/*
 * `at` is the signer's clock. STATUS_BAD_REQUEST for no file, too many, or a name that none may
 * have; STATUS_DOCUMENT_TOO_LARGE (FILE_SIZE_MAX each), STATUS_INTERNAL. Free with asice_free.
 */
enum status asice_prepare(const struct asice_file *files, size_t count, time_t at,
                          struct asice **asice, struct detail *detail) MUST_USE;
void asice_free(struct asice **asice);

/*
 * The bytes whose SHA-256 signature the card makes; the chain (may be NULL) is put inside. New
 * bytes to free(). STATUS_BAD_REQUEST for a certificate that cannot sign so.
 */
enum status asice_attributes(struct asice *asice, X509 *signer, STACK_OF(X509) * chain,
                             uint8_t **to_be_signed, size_t *size, struct detail *detail) MUST_USE;

/*
 * Writes the container into the empty file `output` and verifies all but trust. STATUS_BAD_REQUEST
 * without asice_attributes before, STATUS_SIGNATURE_INVALID for a signature that does not fit or
 * files that were changed since, STATUS_DISK_FULL and the like; what was written is worth nothing
 * then.
 */
enum status asice_finish(struct asice *asice, const uint8_t *signature, size_t size, int output,
                         struct detail *detail) MUST_USE;

struct asice_signature {
    enum rule rule; /* RULE_NONE: valid, trusted, over every file and nothing else */
    bool has_signer;
    struct subject signer;
    bool has_claimed_time;
    time_t claimed_time; /* by the signer's clock */
};

struct asice_report {
    enum rule rule; /* of the container, or the first signature's that is not good */
    size_t count;
    struct asice_signature signatures[ASICE_SIGNATURES_MAX]; /* by their files' names */
    size_t file_count;
    char files[ASICE_FILES_MAX][ASICE_NAME_MAX + 1]; /* safe to show */
};

/*
 * Verifies every signature in a container, with chains judged at a given time; a NULL trust leaves
 * that out. Each must be of every file and nothing else. STATUS_OK, or the report's rule's status;
 * STATUS_INTERNAL. The descriptor stays the caller's.
 */
enum status asice_verify(int container, const struct trust *trust, time_t at,
                         struct asice_report *report, struct detail *detail) MUST_USE;

#endif
