/*
 * Whose certificate: the holder as a typed structure, safe to show. Control characters,
 * bidirectional marks, invisible and ill-encoded characters are replaced by U+FFFD, so that a text
 * is one line that reads as it is stored; what is longer than its field ends in an ellipsis.
 *
 * Source: RFC 5280, section 4.1.2.6, and facts of the Georgian card: CN is the name, serialNumber
 * the personal number (seen, second hand), either bare or as ETSI EN 319 412-1, section 5.1.3, has
 * it: PNOGE-01001012345. A serialNumber IDCGE-… is the card's own number.
 */
#ifndef PIRADI_SUBJECT_H
#define PIRADI_SUBJECT_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/must_use.h"
#include "certs/qualified.h"

/* Bytes with the NUL: 64 characters (X.520's upper bound of a name) of UTF-8. */
#define SUBJECT_TEXT_MAX 257
#define SUBJECT_PERSONAL_NUMBER_DIGITS 11

struct subject {
    char name[SUBJECT_TEXT_MAX];       /* CN, never empty */
    char name_latin[SUBJECT_TEXT_MAX]; /* the same by certs/latin.h: for those who cannot read it */
    char given_name[SUBJECT_TEXT_MAX];
    char surname[SUBJECT_TEXT_MAX];
    /* Eleven digits, or empty: the certificate then names no citizen of Georgia. */
    char personal_number[SUBJECT_PERSONAL_NUMBER_DIGITS + 1];
    char document_number[SUBJECT_TEXT_MAX]; /* of an identity card that is named, or empty */
    char country[3];                        /* two capital letters, or empty */
    char issuer[SUBJECT_TEXT_MAX];          /* CN of the issuer, or empty */
    struct qualified qualified;
    time_t valid_until;
    char valid_until_date[sizeof "2028-05-01"]; /* the same, UTC */
};

/* False for a certificate without exactly one CN, with a repeated serialNumber, without dates, or
 * with malformed statements of what it is qualified for. */
bool subject_read(const X509 *certificate, struct subject *subject) MUST_USE;

/*
 * Any text of size bytes made safe as above into text of text_size bytes (at least 4), always
 * terminated. For names of files and the like that are shown beside a holder.
 */
void subject_safe_text(const void *bytes, size_t size, char *text, size_t text_size);

#endif
