/*
 * The signature-time-stamp of a CMS (ETSI EN 319 122-1, 5.3): what makes level B-B a B-T, for PDF
 * and files alike.
 */
#ifndef PIRADI_CMS_STAMP_H
#define PIRADI_CMS_STAMP_H

#include "letters/cms.h"
#include "letters/timestamp.h"

#define CMS_STAMPS_MAX 8

/*
 * The CMS with a time-stamp of its signature, as new DER to OPENSSL_free().
 * STATUS_TIMESTAMP_UNAVAILABLE when no authority gives a good one, STATUS_SIGNATURE_INVALID for
 * what is no CMS of that kind, STATUS_INTERNAL.
 */
enum status cms_stamp(enum cms_kind kind, const uint8_t *cms, size_t cms_size,
                      const struct fetcher *fetcher,
                      const struct timestamp_authorities *authorities, const struct trust *trust,
                      time_t now, uint8_t **der, size_t *size, struct detail *detail) MUST_USE;

/* What the time-stamps inside say. */
struct cms_stamps {
    size_t count;          /* of all */
    enum rule rule;        /* RULE_NONE if one is good, else why the last is not */
    struct timestamp best; /* the earliest good one */
};

/* Looks at up to CMS_STAMPS_MAX; `now` is when their authorities must be trusted. */
void cms_check_stamps(const struct cms_signature *signature, const struct trust *trust, time_t now,
                      struct cms_stamps *stamps);

#endif
