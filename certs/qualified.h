/*
 * What a qualified certificate says of itself: the qcStatements extension (RFC 3739, section 3.2.6)
 * with the statements of ETSI EN 319 412-5, sections 4.2 and 4.3.
 */
#ifndef PIRADI_QUALIFIED_H
#define PIRADI_QUALIFIED_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/must_use.h"

#define QUALIFIED_COUNTRIES_MAX 4

/* QcType: what for. */
enum qualified_type {
    QUALIFIED_SIGNATURE = 1,
    QUALIFIED_SEAL = 2,
    QUALIFIED_WEB = 4,
};

struct qualified {
    bool compliance;    /* QcCompliance: it is qualified under the law below, or of the EU */
    bool secure_device; /* QcSSCD: its key lives in a qualified signature creation device */
    unsigned types;     /* of enum qualified_type; 0: not told */
    /* QcCClegislation: two capital letters each; none: the EU's. */
    size_t country_count;
    char countries[QUALIFIED_COUNTRIES_MAX][3];
};

/* All false and empty for a certificate without the extension; false, and *qualified untouched, for
 * one with a malformed or repeated one. Statements we do not know are passed over. */
bool qualified_read(const X509 *certificate, struct qualified *qualified) MUST_USE;

#endif
