#include "certs/revocation.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certs/revocation_judge.h"

#define SECURITY_LEVEL 2
#define MINUTE_S 60L
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)

const struct revocation_rules revocation_rules_default = {
    .need = REVOCATION_REQUIRE,
    .whole_chain = true,
    .skew_s = 15 * MINUTE_S,
    .ocsp_age_max_s = DAY_S,
    .crl_age_max_s = 31 * DAY_S,
    .reuse_s = 10 * MINUTE_S,
    .timeout_ms = 5000,
};

struct revocation_finding finding_unknown(enum evidence_kind source, const char *why)
{
    return (struct revocation_finding){
        .verdict = REVOCATION_IS_UNKNOWN, .source = source, .reason = -1, .why = why};
}

bool question_is_of_the_past(const struct revocation_question *question)
{
    return question->at < question->now - question->rules->skew_s;
}

bool time_of(const ASN1_TIME *asn1, time_t *seconds)
{
    struct tm broken_down;
    if (asn1 == NULL || ASN1_TIME_to_tm(asn1, &broken_down) != 1) {
        return false;
    }
    *seconds = timegm(&broken_down);
    return true;
}

X509_STORE *store_of_issuer(X509 *issuer, time_t when)
{
    X509_STORE *store = X509_STORE_new();
    if (store == NULL || X509_STORE_add_cert(store, issuer) != 1) {
        X509_STORE_free(store);
        return NULL;
    }
    X509_VERIFY_PARAM *rules = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    X509_STORE_set_flags(store,
                         X509_V_FLAG_PARTIAL_CHAIN | (when == 0 ? X509_V_FLAG_NO_CHECK_TIME : 0));
    if (when != 0) {
        X509_VERIFY_PARAM_set_time(rules, when);
    }
    return store;
}

/* Seconds beyond what the rules allow; 0 or less is fresh. */
static long staleness(const struct revocation_finding *said,
                      const struct revocation_question *question, long age_max_s)
{
    long skew_s = question->rules->skew_s;
    long stale_s = (long)(question->at - said->this_update) - age_max_s;
    if (said->next_update != 0 && (long)(question->at - said->next_update) - skew_s > stale_s) {
        stale_s = (long)(question->at - said->next_update) - skew_s;
    }
    return stale_s > 0 ? stale_s : 0;
}

/* It lapses when the hold is lifted, so an old statement of it tells nothing of today. */
static bool may_be_lifted(const struct revocation_finding *said)
{
    return said->reason == CRL_REASON_CERTIFICATE_HOLD;
}

static bool made_after_the_end(const struct revocation_finding *said,
                               const struct revocation_question *question)
{
    time_t end;
    return !time_of(X509_get0_notAfter(question->certificate), &end) || said->this_update > end;
}

struct revocation_finding finding_conclude(struct revocation_finding said,
                                           const struct revocation_question *question,
                                           long age_max_s, bool remembers_expired)
{
    said.stale_s = staleness(&said, question, age_max_s);
    if (said.this_update > question->now + question->rules->skew_s) {
        return finding_unknown(said.source, "the answer is from the future");
    }
    if (said.verdict == REVOCATION_IS_REVOKED) {
        if (may_be_lifted(&said) && said.stale_s > 0) {
            return finding_unknown(said.source, "the certificate was on hold, by an old answer");
        }
        if (said.revoked_at > question->at + question->rules->skew_s) {
            said.verdict = REVOCATION_IS_GOOD; /* it was, then */
        }
        return said;
    }
    if (!remembers_expired && made_after_the_end(&said, question)) {
        return finding_unknown(said.source,
                               "the answer was made when the certificate was over already");
    }
    return said;
}

static bool is_better(const struct revocation_finding *found, const struct revocation_finding *best)
{
    if (found->verdict != best->verdict) {
        return found->verdict > best->verdict;
    }
    return found->verdict == REVOCATION_IS_GOOD && found->stale_s < best->stale_s;
}

/* Lends its members; NULL if memory is out. */
static STACK_OF(X509_CRL) * deltas_of(const struct evidence *evidence)
{
    STACK_OF(X509_CRL) *deltas = sk_X509_CRL_new_null();
    for (size_t i = 0; deltas != NULL && i < evidence->count; i++) {
        X509_CRL *crl = evidence->items[i].crl;
        if (crl != NULL && X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0 &&
            sk_X509_CRL_push(deltas, crl) <= 0) {
            sk_X509_CRL_free(deltas);
            return NULL;
        }
    }
    return deltas;
}

struct revocation_finding revocation_judge(const struct evidence *evidence,
                                           const struct revocation_question *question,
                                           size_t *index)
{
    struct revocation_finding best = finding_unknown(EVIDENCE_OCSP, "there is no answer");
    STACK_OF(X509_CRL) *deltas = deltas_of(evidence);
    for (size_t i = 0; i < evidence->count; i++) {
        const struct evidence_item *item = &evidence->items[i];
        struct revocation_finding found = item->kind == EVIDENCE_OCSP
                                              ? ocsp_judge(item->ocsp, NULL, question)
                                              : crl_judge(item->crl, deltas, question);
        if (is_better(&found, &best)) {
            best = found;
            if (index != NULL) {
                *index = i;
            }
        } else if (best.verdict == REVOCATION_IS_UNKNOWN) {
            best = found;
        }
    }
    sk_X509_CRL_free(deltas);
    return best;
}
