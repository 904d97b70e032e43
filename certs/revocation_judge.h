/* What ocsp_judge and crl_judge share; for certs/ alone. */
#ifndef PIRADI_REVOCATION_JUDGE_H
#define PIRADI_REVOCATION_JUDGE_H

#include <stdbool.h>
#include <time.h>

#include "base/must_use.h"
#include "certs/revocation.h"

struct revocation_finding finding_unknown(enum evidence_kind source, const char *why) MUST_USE;

/* Whether the question is of the past: nobody's answer need be recent then, but of that time or
 * later. */
bool question_is_of_the_past(const struct revocation_question *question);

/* The issuer as the one thing to trust; the caller frees it. `when` is the time to verify at, or 0
 * to leave times out. NULL if memory is out. */
X509_STORE *store_of_issuer(X509 *issuer, time_t when) MUST_USE;

/* False for a year that time_t has not. */
bool time_of(const ASN1_TIME *asn1, time_t *seconds) MUST_USE;

/*
 * Turns a verified statement into a finding: revoked counts from its time on, on hold only while
 * the statement is fresh; good gets its stale_s; a statement from the future, or made after the
 * certificate was over (when its issuer may have forgotten it), is unknown unless it says revoked.
 */
struct revocation_finding finding_conclude(struct revocation_finding said,
                                           const struct revocation_question *question,
                                           long age_max_s, bool remembers_expired) MUST_USE;

#endif
