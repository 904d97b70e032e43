/*
 * Was this certificate revoked at that time? What one piece of evidence says about it, verified:
 * an OCSP response (RFC 6960) or a CRL (RFC 5280, section 6.3). Where the evidence comes from is
 * certs/validation.h's matter.
 *
 * A response is signed by the issuer itself or by a responder that the issuer certified directly
 * for id-kp-OCSPSigning with id-pkix-ocsp-nocheck. A CRL is the issuer's own; indirect ones, and
 * those for some reasons only, say nothing here. SHA-1 and weak keys are not believed. A delta CRL
 * counts together with its base.
 */
#ifndef PIRADI_REVOCATION_H
#define PIRADI_REVOCATION_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/must_use.h"
#include "certs/evidence.h"

enum revocation_need {
    REVOCATION_REQUIRE, /* without an answer: STATUS_REVOCATION_UNKNOWN */
    REVOCATION_PREFER,  /* without an answer: accepted, and the finding says so */
    REVOCATION_OFF,     /* nobody is asked */
};

/* A portal's policy. revocation_rules_default is what we recommend for logins. */
struct revocation_rules {
    enum revocation_need need;
    bool crl_first;      /* otherwise OCSP is asked first */
    bool whole_chain;    /* also each intermediate, not the certificate alone */
    bool nonce_required; /* an OCSP answer without our nonce is not believed */
    long skew_s;         /* how wrong clocks may be */
    long ocsp_age_max_s; /* of a response, whatever its nextUpdate says */
    long crl_age_max_s;  /* of a CRL, the same */
    long reuse_s;        /* how long a cached answer serves before its service is asked again */
    long grace_s;        /* how long beyond its freshness the last good answer serves when its
                            service is down; 0: not at all */
    int timeout_ms;      /* of one exchange */
};

extern const struct revocation_rules revocation_rules_default;

struct revocation_question {
    X509 *certificate;
    X509 *issuer;
    time_t at;  /* was it revoked then? */
    time_t now; /* the present; the same as `at` for a login */
    const struct revocation_rules *rules;
};

enum revocation_verdict {
    REVOCATION_IS_UNKNOWN,
    REVOCATION_IS_GOOD,
    REVOCATION_IS_REVOKED,
};

struct revocation_finding {
    enum revocation_verdict verdict;
    enum evidence_kind source;
    /* A good answer this many seconds older than the rules want it: 0 is fresh. */
    long stale_s;
    time_t this_update;
    time_t next_update; /* 0: not told */
    time_t revoked_at;  /* 0: never; may lie after `at` of a good one */
    int reason;         /* of revocation, CRLReason; -1: not told */
    const char *why;    /* of an unknown: static, for a developer */
};

/*
 * What the response says. nonce, if not NULL, is what was asked with: another one is not believed,
 * and none at all only if the rules allow.
 */
struct revocation_finding ocsp_judge(OCSP_BASICRESP *response, OCSP_REQUEST *asked,
                                     const struct revocation_question *question) MUST_USE;

/* What the CRL says, with those of the deltas (may be NULL) that belong to it. */
struct revocation_finding crl_judge(X509_CRL *crl, STACK_OF(X509_CRL) * deltas,
                                    const struct revocation_question *question) MUST_USE;

/*
 * What all the evidence says together: revoked, if one piece says so; else the freshest good one;
 * else unknown, with the last reason. *index, if not NULL, becomes that of the deciding item
 * (untouched for an unknown).
 */
struct revocation_finding revocation_judge(const struct evidence *evidence,
                                           const struct revocation_question *question,
                                           size_t *index) MUST_USE;

/* An OCSP request for the certificate with a new nonce; NULL if memory is out. The caller frees it
 * with OCSP_REQUEST_free. */
OCSP_REQUEST *ocsp_ask(const struct revocation_question *question) MUST_USE;

#endif
