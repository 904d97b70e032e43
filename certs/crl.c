#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certs/key_strength.h"
#include "certs/revocation.h"
#include "certs/revocation_judge.h"

static bool is_issuers(const X509_CRL *crl, const X509 *certificate)
{
    return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(certificate)) == 0;
}

static bool read_times(const X509_CRL *crl, struct revocation_finding *said)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
    return time_of(X509_CRL_get0_lastUpdate(crl), &said->this_update) &&
           (next == NULL ||
            (time_of(next, &said->next_update) && said->next_update >= said->this_update));
}

/* A delta that is not of the question's time would have OpenSSL refuse the base with it. */
static bool delta_is_usable(const X509_CRL *delta, const struct revocation_question *question)
{
    struct revocation_finding said = {.verdict = REVOCATION_IS_GOOD};
    return is_issuers(delta, question->certificate) && read_times(delta, &said) &&
           signature_hash_is_strong(X509_CRL_get_signature_nid(delta)) &&
           said.this_update <= question->now + question->rules->skew_s &&
           finding_conclude(said, question, question->rules->crl_age_max_s, true).stale_s == 0;
}

/* The base and the deltas that may go with it; lends its members. */
static STACK_OF(X509_CRL) * lists_for(X509_CRL *base, const STACK_OF(X509_CRL) * deltas,
                                      const struct revocation_question *question)
{
    STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
    bool ok = lists != NULL && sk_X509_CRL_push(lists, base) > 0;
    for (int i = 0; ok && i < sk_X509_CRL_num(deltas); i++) {
        X509_CRL *delta = sk_X509_CRL_value(deltas, i);
        ok = !delta_is_usable(delta, question) || sk_X509_CRL_push(lists, delta) > 0;
    }
    if (!ok) {
        sk_X509_CRL_free(lists);
        return NULL;
    }
    return lists;
}

/* X509_V_OK, or what is wrong: scope, signature, extensions, or that it is revoked. Times are ours
 * to judge. */
static int verify_against(const struct revocation_question *question, STACK_OF(X509_CRL) * lists)
{
    int error = X509_V_ERR_OUT_OF_MEM;
    X509_STORE *store = store_of_issuer(question->issuer, 0);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (store != NULL && context != NULL &&
        X509_STORE_CTX_init(context, store, question->certificate, NULL) == 1 &&
        X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(context), X509_PURPOSE_ANY) == 1) {
        X509_STORE_CTX_set_flags(context, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_USE_DELTAS);
        X509_STORE_CTX_set0_crls(context, lists);
        error = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return error;
}

/* The latest word on the certificate: the base is first in lists, its deltas after it. */
static X509_REVOKED *find_entry(STACK_OF(X509_CRL) * lists, X509 *certificate)
{
    X509_REVOKED *entry = NULL;
    for (int i = 0; i < sk_X509_CRL_num(lists); i++) {
        X509_REVOKED *found = NULL;
        if (X509_CRL_get0_by_cert(sk_X509_CRL_value(lists, i), &found, certificate) == 1) {
            entry = found;
        }
    }
    return entry;
}

static bool read_entry(const X509_REVOKED *entry, struct revocation_finding *said)
{
    if (entry == NULL || !time_of(X509_REVOKED_get0_revocationDate(entry), &said->revoked_at)) {
        return false;
    }
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    if (reason != NULL) {
        said->reason = (int)ASN1_ENUMERATED_get(reason);
    }
    ASN1_ENUMERATED_free(reason);
    said->verdict = REVOCATION_IS_REVOKED;
    return true;
}

static struct revocation_finding judge_lists(STACK_OF(X509_CRL) * lists,
                                             struct revocation_finding said,
                                             const struct revocation_question *question)
{
    int error = verify_against(question, lists);
    if (error == X509_V_OK) {
        said.verdict = REVOCATION_IS_GOOD;
    } else if (error != X509_V_ERR_CERT_REVOKED ||
               !read_entry(find_entry(lists, question->certificate), &said)) {
        return finding_unknown(EVIDENCE_CRL, X509_verify_cert_error_string(error));
    }
    return finding_conclude(said, question, question->rules->crl_age_max_s, false);
}

struct revocation_finding crl_judge(X509_CRL *crl, STACK_OF(X509_CRL) * deltas,
                                    const struct revocation_question *question)
{
    struct revocation_finding said = finding_unknown(EVIDENCE_CRL, NULL);
    if (!is_issuers(crl, question->certificate)) {
        return finding_unknown(EVIDENCE_CRL, "the CRL is another issuer's");
    }
    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) {
        return finding_unknown(EVIDENCE_CRL, "a delta CRL says nothing without its base");
    }
    if (!read_times(crl, &said)) {
        return finding_unknown(EVIDENCE_CRL, "the CRL's times make no sense");
    }
    if (!signature_hash_is_strong(X509_CRL_get_signature_nid(crl))) {
        return finding_unknown(EVIDENCE_CRL, "the CRL is signed with a weak hash");
    }
    STACK_OF(X509_CRL) *lists = lists_for(crl, deltas, question);
    struct revocation_finding found = lists != NULL
                                          ? judge_lists(lists, said, question)
                                          : finding_unknown(EVIDENCE_CRL, "memory is out");
    sk_X509_CRL_free(lists);
    ERR_clear_error();
    return found;
}
