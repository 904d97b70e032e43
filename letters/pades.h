/*
 * PDF letters signed as PAdES baseline B-B, and verified at any level (ETSI EN 319 142-1, clause 6;
 * ISO 32000-1, 12.8). letters/pades_level.h raises what is signed.
 *
 * Signing is an incremental update: the signed file begins with the original's very bytes, and
 * signatures that were there stay valid. The steps are prepare, attributes, finish, in this order,
 * with the file that was prepared shown to the person and signed on the card in between.
 */
#ifndef PIRADI_PADES_H
#define PIRADI_PADES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/must_use.h"
#include "base/status.h"
#include "certs/subject.h"
#include "certs/trust.h"
#include "letters/cms_stamp.h"
#include "letters/detail.h"
#include "letters/level.h"
#include "letters/mapping.h"
#include "letters/rule.h"

#define PADES_DIGEST_SIZE ((size_t)32) /* SHA-256 */
#define PADES_NOT_SHOWN_MAX 32
#define PADES_NAME_MAX 256
#define PADES_SIGNATURES_MAX 16

/* One document on its way to one signature. */
struct pades;

/* What a person is told of it. */
struct pades_facts {
    unsigned pages;
    uint64_t size;                     /* bytes of the prepared file, and of the signed one */
    uint8_t digest[PADES_DIGEST_SIZE]; /* of all its bytes but those that the signature fills */
    size_t not_shown_count;
    char not_shown[PADES_NOT_SHOWN_MAX][PADES_NAME_MAX]; /* attachments' names, safe to show */
};

/*
 * Copies the original into the empty file `prepared` and appends all but the signature. Both
 * descriptors stay the caller's; prepared must be readable and writable, belong to nobody else, and
 * outlive the result. `at` is the signer's clock, written as /M.
 *
 * STATUS_DOCUMENT_TOO_LARGE (DOCUMENT_SIZE_MAX), STATUS_DOCUMENT_DAMAGED,
 * STATUS_DOCUMENT_ENCRYPTED, STATUS_DOCUMENT_FORBIDS_CHANGE, STATUS_POLICY_REFUSED for what could
 * change its looks (scripts, hidden layers, external content), STATUS_DISK_FULL, STATUS_INTERNAL;
 * detail says why. Free with pades_free.
 */
enum status pades_prepare(int original, int prepared, time_t at, struct pades **pades,
                          struct detail *detail) MUST_USE;
void pades_free(struct pades **pades);

/* Lent; valid until pades_free. */
const struct pades_facts *pades_facts(const struct pades *pades);

/*
 * The DER whose SHA-256 signature the card makes, for this signer; the chain (may be NULL) is
 * put into the document. May be asked again, for another signer. New bytes for the caller to
 * OPENSSL_free(). STATUS_BAD_REQUEST for a certificate that cannot sign so, STATUS_DOCUMENT_DAMAGED
 * if the prepared file is no longer what was prepared.
 */
enum status pades_attributes(struct pades *pades, X509 *signer, STACK_OF(X509) * chain,
                             uint8_t **to_be_signed, size_t *size, struct detail *detail) MUST_USE;

/*
 * Puts the signature (RSA: PKCS#1 v1.5; ECDSA: DER) into the prepared file, which then is the
 * signed document, once it has been decoded and verified again. Refused, with the file unchanged:
 * STATUS_SIGNATURE_INVALID for one that does not fit, STATUS_BAD_REQUEST for one of no signature's
 * size or without pades_attributes before, STATUS_DOCUMENT_DAMAGED if the prepared file is no
 * longer what was prepared.
 */
enum status pades_finish(struct pades *pades, const uint8_t *signature, size_t size,
                         struct detail *detail) MUST_USE;

/* One signature in a document, or one time-stamp of it. */
struct pades_signature {
    enum rule rule;     /* RULE_NONE: valid, trusted, over covered_size bytes, and nothing that can
                           be seen was changed since */
    enum status status; /* the rule's, and detail its sentence */
    struct detail detail;
    bool is_timestamp; /* of the document: what follows of a person is not there */
    bool has_signer;   /* a signer's certificate was found; trusted only with STATUS_OK */
    struct subject signer;
    uint64_t covered_size; /* from the first byte; its own signature value is the only gap */
    uint64_t bytes_after;  /* that it does not sign: 0 if it covers the whole document */
    unsigned changes; /* what those bytes changed, of enum pdf_change (letters/pdf_changes.h) */
    char claimed_time[sizeof "20261123080000"]; /* UTC by the signer's clock, or empty */
    struct cms_stamps stamps;                   /* of the signature's value */
    bool is_proven;   /* a good time-stamp, of the signature or of the document */
    time_t proven_at; /* the earliest; the signature existed then */
    enum level level; /* that is reached; LEVEL_B unless the rule is RULE_NONE */
};

struct pades_report {
    enum rule
        rule; /* of the document: its last signature's, RULE_NOT_SIGNED, RULE_PDF_UNREADABLE */
    size_t count;
    struct pades_signature signatures[PADES_SIGNATURES_MAX]; /* by covered_size */
};

/*
 * Verifies every signature and time-stamp in a document. Chains are judged at the proven time of a
 * signature, else at `at`. STATUS_OK only if a person's last signature is good and covers the whole
 * document, but for data for later checks (DSS) and time-stamps; otherwise that one's status, or
 * STATUS_SIGNATURE_INVALID if there is none; STATUS_DOCUMENT_DAMAGED and the like for what is no
 * readable PDF. The report tells each apart, also when the verdict is not OK; it is empty if the
 * document cannot be read.
 *
 * An earlier signature stays good as long as later updates add only signatures that cannot be seen,
 * time-stamps and data for later checks. Nothing is fetched: revocation is judged where the
 * document carries what tells of it, and LT and LTA are reached only so; a certificate that it
 * tells to be revoked is not good.
 */
enum status pades_verify(int document, const struct trust *trust, time_t at,
                         struct pades_report *report, struct detail *detail) MUST_USE;

/*
 * Is the signed file this original, byte for byte, with one signature by pades_prepare and nothing
 * else? An update can replace pages, so the same beginning alone would say little. Parses only the
 * original, which the caller trusts more: ask this first, and then pades_verify.
 * STATUS_OK; STATUS_SIGNATURE_INVALID if it is not; else as pades_prepare.
 */
enum status pades_check_original(int signed_document, int original, struct detail *detail) MUST_USE;

#endif
