/*
 * A signed PDF raised from B-B to a higher level (ETSI EN 319 142-1, clause 6): a time-stamp of its
 * last signature, a store of what its certificates are judged by, a time-stamp of all that.
 *
 * In this order, so that revocation is asked about once the time is proven. Needs the network, so
 * it is not for the process that prepares documents to be signed.
 */
#ifndef PIRADI_PADES_LEVEL_H
#define PIRADI_PADES_LEVEL_H

#include <time.h>

#include "certs/validation.h"
#include "letters/detail.h"
#include "letters/level.h"
#include "letters/timestamp.h"

/* Lent; those that a level does not need may be NULL. */
struct level_services {
    const struct validator *validator; /* its trust and its fetcher are always used */
    const struct revocation_rules *revocation;
    const struct timestamp_authorities *authorities;
};

/*
 * Raises the file, the caller's own copy, readable and writable. What it has already is left, but
 * LT and LTA are given anew, so that a document can be kept for years. STATUS_OK only if the whole
 * level is reached; anything else leaves the copy in pieces, to be thrown away:
 * STATUS_TIMESTAMP_UNAVAILABLE, STATUS_REVOCATION_UNKNOWN, STATUS_CERTIFICATE_REVOKED and the like,
 * pades_verify's for a document that is not good as it is, STATUS_BAD_REQUEST where there is no
 * room, STATUS_DISK_FULL, STATUS_INTERNAL.
 */
enum status pades_raise(int file, enum level level, const struct level_services *services,
                        time_t now, struct detail *detail) MUST_USE;

#endif
