/*
 * Whose certificate is this, may it be used for this, and was it valid then? All of certs/trust.h
 * and certs/revocation.h in one question, with what is missing fetched.
 *
 * Order: soundness and use of the certificate, chain (missing intermediates by AIA, RFC 5280,
 * section 4.2.2.1, over http), then the revocation of the certificate and, if the rules say so, of
 * each intermediate. Revocation is looked for in the evidence that came along, then in the cache,
 * then asked of the services that the certificate names, which a verified chain vouches for. The
 * anchors are the administrator's word and asked about nowhere.
 */
#ifndef PIRADI_VALIDATION_H
#define PIRADI_VALIDATION_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/must_use.h"
#include "base/status.h"
#include "certs/evidence.h"
#include "certs/fetch.h"
#include "certs/revocation.h"
#include "certs/revocation_cache.h"
#include "certs/revocation_memory.h"
#include "certs/trust.h"

/* What a validation works with; threads may share it. */
struct validator {
    const struct trust *trust;
    const struct fetcher *fetcher;  /* NULL: nothing is fetched */
    struct revocation_cache *cache; /* NULL: none */
    /* What is answered from here leaves no evidence in validation.used. NULL: none. */
    struct revocation_memory *memory;
    /* For missing intermediates, whose address nobody vouches for yet: to public addresses only, if
     * you please. NULL: they must be there. */
    const struct fetcher *aia_fetcher;
};

struct validation_question {
    X509 *certificate;
    const STACK_OF(X509) * others;   /* that came along, trusted in nothing; may be NULL */
    const struct evidence *evidence; /* that came along; may be NULL */
    const struct revocation_rules *revocation;
    enum trust_purpose purpose;
    time_t at;  /* of use: the login, or the proven time of a signature */
    time_t now; /* the present; the same for a login */
};

struct validation {
    STACK_OF(X509) * chain; /* the certificate first, the anchor last; NULL without a chain */
    struct revocation_finding revocation; /* of the certificate, or of the first that failed */
    size_t revocation_depth;              /* whose that is, in the chain */
    bool in_grace; /* somebody's answer was stale, and the grace period let it pass: log it */
    struct evidence used; /* what decided, for those who keep it with a signature */
    const char *detail;   /* of a failure: static, English, for a developer */
};

/*
 * STATUS_OK; STATUS_CERTIFICATE_NOT_FOR_THIS_USE, _EXPIRED, _UNTRUSTED, _REVOKED;
 * STATUS_REVOCATION_UNKNOWN; STATUS_INTERNAL when memory is out. *validation is filled in any case
 * and freed with validation_clear.
 */
enum status validation_run(const struct validator *validator,
                           const struct validation_question *question,
                           struct validation *validation) MUST_USE;

/*
 * The same in two steps, for those who have something cheaper to check before anybody is asked:
 * first use and chain, then, with the same *validation if that was STATUS_OK, revocation.
 */
enum status validation_chain(const struct validator *validator,
                             const struct validation_question *question,
                             struct validation *validation) MUST_USE;
enum status validation_revocation(const struct validator *validator,
                                  const struct validation_question *question,
                                  struct validation *validation) MUST_USE;

void validation_clear(struct validation *validation);

#endif
