/*
 * The rules that a signed document is judged by, one line each: the verdict and sub-indication of
 * ETSI EN 319 102-1 (tables 4 to 6) when it is broken, our status, the clause it comes from, and a
 * sentence for a developer.
 *
 * Verdicts are given under a policy without revocation checks (EN 319 102-1, 5.2.6.2, lets a policy
 * say so) unless the report says that revocation was checked.
 */
#ifndef PIRADI_RULE_H
#define PIRADI_RULE_H

#include "base/must_use.h"
#include "base/status.h"
#include "letters/detail.h"

enum verdict { VERDICT_TOTAL_PASSED, VERDICT_INDETERMINATE, VERDICT_TOTAL_FAILED };

#define RULE_LIST(X)                                                                               \
    /* the document, and which of its bytes are signed */                                          \
    X(NOT_SIGNED, INDETERMINATE, "SIGNED_DATA_NOT_FOUND", SIGNATURE_INVALID,                       \
      "EN 319 102-1, 5.2.2", "the document is not signed")                                         \
    X(PDF_UNREADABLE, TOTAL_FAILED, "FORMAT_FAILURE", DOCUMENT_DAMAGED, "ISO 32000-1, 7.5",        \
      "the PDF cannot be read")                                                                    \
    X(PDF_NOT_A_SIGNATURE, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID,                      \
      "ISO 32000-1, table 252", "a signature lacks its ByteRange or its Contents")                 \
    X(PDF_BYTE_RANGE, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "ISO 32000-1, 12.8.1",    \
      "the ByteRange is not the document around one gap")                                          \
    X(PDF_GAP, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "ISO 32000-1, 12.8.1",           \
      "the gap of the ByteRange is not the signature's Contents")                                  \
    X(PDF_SAME_COVERAGE, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "ISO 32000-1, 12.8.1", \
      "two signatures claim the same bytes")                                                       \
    X(PDF_REVISION, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "ISO 32000-1, 7.5.6",       \
      "the signed bytes are not a whole PDF")                                                      \
    X(PDF_SUBFILTER, INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", SIGNATURE_INVALID,                  \
      "EN 319 142-1, 6.3", "the SubFilter is not ETSI.CAdES.detached")                             \
    X(PDF_CERT, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "EN 319 142-1, 6.3",            \
      "the signature dictionary has a Cert, which nobody signed")                                  \
    /* what was changed after it */                                                                \
    X(PDF_ADDED_AFTER, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "ISO 32000-1, 12.8.1",   \
      "something was added after the last signature")                                              \
    X(PDF_CONTENT_CHANGED, TOTAL_FAILED, "HASH_FAILURE", SIGNATURE_INVALID,                        \
      "ISO 32000-2, 12.8.2.2", "the content was changed after it was signed")                      \
    X(PDF_CHANGE_FORBIDDEN, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID,                     \
      "ISO 32000-1, 12.8.2.2", "the document was changed although the signer forbids it")          \
    X(PDF_FORM_CHANGED, INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", SIGNATURE_INVALID,               \
      "ISO 32000-2, 12.8.2.2", "a form was filled in after it was signed")                         \
    X(PDF_ANNOTATED, INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", SIGNATURE_INVALID,                  \
      "ISO 32000-2, 12.8.2.2", "annotations were added or changed after it was signed")            \
    X(PDF_OVERLAID, INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", SIGNATURE_INVALID,                   \
      "ISO 32000-2, 12.8.2.2", "a signature that can be seen was put over it after it was signed") \
    /* the CMS */                                                                                  \
    X(CMS_UNREADABLE, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "RFC 5652, 3",            \
      "the CMS cannot be decoded")                                                                 \
    X(CMS_SHAPE, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "RFC 5652, 5.1",               \
      "the CMS is no signed data of its kind")                                                     \
    X(CMS_SIGNERS, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "EN 319 142-1, 6.3",         \
      "the CMS has not exactly one signer")                                                        \
    X(CMS_HASH, INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", SIGNATURE_INVALID,             \
      "TS 119 312, 5", "the CMS uses another hash than SHA-256, SHA-384 or SHA-512")               \
    X(CMS_CERTIFICATES, TOTAL_FAILED, "FORMAT_FAILURE", SIGNATURE_INVALID, "RFC 5652, 5.1",        \
      "the CMS holds too many certificates")                                                       \
    X(CMS_NO_CERTIFICATE, INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND", SIGNATURE_INVALID,        \
      "EN 319 102-1, 5.2.3", "the CMS lacks the signer's certificate")                             \
    X(CMS_CONTENT_TYPE, INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", SIGNATURE_INVALID,               \
      "RFC 5652, 11.1", "the signed attribute content-type is not id-data")                        \
    X(CMS_SIGNING_TIME, INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", SIGNATURE_INVALID,               \
      "EN 319 142-1, 6.3", "the signed attribute signing-time is forbidden in a PDF")              \
    X(CMS_NO_SIGNING_TIME, INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", SIGNATURE_INVALID,            \
      "EN 319 122-1, 6.3", "the signed attribute signing-time is not there exactly once")          \
    X(CMS_DIGEST, TOTAL_FAILED, "HASH_FAILURE", SIGNATURE_INVALID, "RFC 5652, 11.2",               \
      "the document was changed: its digest is not the signed one")                                \
    X(CMS_SIGNING_CERTIFICATE, INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", SIGNATURE_INVALID,        \
      "RFC 5035, 5.4", "the signed attribute signing-certificate-v2 does not name the signer")     \
    X(CMS_SIGNATURE, TOTAL_FAILED, "SIG_CRYPTO_FAILURE", SIGNATURE_INVALID, "RFC 5652, 5.6",       \
      "the signature does not fit the signer's certificate")                                       \
    /* the signer */                                                                               \
    X(SIGNER_UNNAMED, INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE", CERTIFICATE_NOT_FOR_THIS_USE,    \
      "EN 319 412-2, 4.2.4", "the signer's certificate names nobody")                              \
    X(SIGNER_USE, INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE", CERTIFICATE_NOT_FOR_THIS_USE,        \
      "EN 319 412-2, 4.3.2", "the signer's certificate is not one for signing")                    \
    X(SIGNER_EXPIRED, INDETERMINATE, "OUT_OF_BOUNDS_NO_POE", CERTIFICATE_EXPIRED,                  \
      "EN 319 102-1, 5.2.6", "the signer's certificate had expired")                               \
    X(SIGNER_UNTRUSTED, INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND", CERTIFICATE_UNTRUSTED,        \
      "EN 319 102-1, 5.2.6", "the signer's certificate is not trusted")                            \
    X(SIGNER_REVOKED, TOTAL_FAILED, "REVOKED", CERTIFICATE_REVOKED, "EN 319 102-1, 5.3.4",         \
      "the signer's certificate had been revoked before the proven time")                          \
    X(SIGNER_REVOKED_MAYBE, INDETERMINATE, "REVOKED_NO_POE", CERTIFICATE_REVOKED,                  \
      "EN 319 102-1, 5.3.4", "the signer's certificate was revoked; nothing proves it was later")  \
    X(SIGNER_UNKNOWN, INDETERMINATE, "TRY_LATER", REVOCATION_UNKNOWN, "EN 319 102-1, 5.3.4",       \
      "nothing tells whether the signer's certificate had been revoked")                           \
    /* a time-stamp */                                                                             \
    X(TIMESTAMP_REFUSED, INDETERMINATE, "NO_POE", TIMESTAMP_UNAVAILABLE, "RFC 3161, 2.4.2",        \
      "the time-stamping authority granted no time-stamp")                                         \
    X(TIMESTAMP_UNREADABLE, INDETERMINATE, "NO_POE", TIMESTAMP_UNAVAILABLE, "RFC 3161, 2.4.2",     \
      "the time-stamp cannot be decoded")                                                          \
    X(TIMESTAMP_NONCE, INDETERMINATE, "NO_POE", TIMESTAMP_UNAVAILABLE, "RFC 3161, 2.4.2",          \
      "the time-stamp answers another request")                                                    \
    X(TIMESTAMP_IMPRINT, INDETERMINATE, "NO_POE", TIMESTAMP_UNAVAILABLE, "RFC 3161, 2.4.2",        \
      "the time-stamp is of something else")                                                       \
    X(TIMESTAMP_SIGNATURE, INDETERMINATE, "NO_POE", TIMESTAMP_UNAVAILABLE, "RFC 3161, 2.4.2",      \
      "the time-stamp's signature does not fit")                                                   \
    X(TIMESTAMP_USE, INDETERMINATE, "NO_POE", TIMESTAMP_UNAVAILABLE, "RFC 3161, 2.3",              \
      "the time-stamp is signed with a certificate that is not for time-stamps alone")             \
    X(TIMESTAMP_UNTRUSTED, INDETERMINATE, "NO_POE", TIMESTAMP_UNAVAILABLE, "EN 319 102-1, 5.4",    \
      "the time-stamping authority is not trusted")                                                \
    X(INTERNAL, INDETERMINATE, "GENERIC", INTERNAL, "EN 319 102-1, 5.1.3",                         \
      "something failed here that says nothing of the document")

enum rule {
    RULE_NONE, /* nothing is broken */
#define RULE_ENUMERATOR(name, ...) RULE_##name,
    RULE_LIST(RULE_ENUMERATOR)
#undef RULE_ENUMERATOR
        RULE_COUNT
};

struct rule_text {
    const char *name; /* e.g. "PDF_BYTE_RANGE"; "NONE" for RULE_NONE */
    enum verdict verdict;
    enum status status;
    const char *indication; /* e.g. "FORMAT_FAILURE"; NULL for RULE_NONE, as the next two */
    const char *clause;
    const char *sentence;
};

/* Static. A value out of range gives RULE_INTERNAL's. */
const struct rule_text *rule_text(enum rule rule);

/* The rule's status, with its sentence in detail (emptied for RULE_NONE). */
enum status rule_status(enum rule rule, struct detail *detail) MUST_USE;

/* E.g. "TOTAL-PASSED". Static. */
const char *verdict_name(enum verdict verdict);

#endif
