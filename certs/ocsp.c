#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "certs/key_strength.h"
#include "certs/revocation.h"
#include "certs/revocation_judge.h"

/* More statements in one response than anybody's need. */
#define STATEMENTS_MAX 64
#define NONCE_OCTETS 32 /* RFC 8954 */

OCSP_REQUEST *ocsp_ask(const struct revocation_question *question)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    /* SHA-1 names the certificate here and protects nothing; RFC 5019 wants it. */
    OCSP_CERTID *name = OCSP_cert_to_id(EVP_sha1(), question->certificate, question->issuer);
    if (request == NULL || name == NULL || OCSP_request_add0_id(request, name) == NULL) {
        OCSP_CERTID_free(name);
        OCSP_REQUEST_free(request);
        return NULL;
    }
    if (OCSP_request_add1_nonce(request, NULL, NONCE_OCTETS) != 1) {
        OCSP_REQUEST_free(request);
        return NULL;
    }
    return request;
}

/* Does this statement name our certificate, by whatever hash it names it? */
static bool is_about(const OCSP_SINGLERESP *statement, const struct revocation_question *question)
{
    OCSP_CERTID *named = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(statement);
    ASN1_OBJECT *hash = NULL;
    if (OCSP_id_get0_info(NULL, &hash, NULL, NULL, named) != 1) {
        return false;
    }
    const EVP_MD *digest = EVP_get_digestbyobj(hash);
    OCSP_CERTID *ours =
        digest != NULL ? OCSP_cert_to_id(digest, question->certificate, question->issuer) : NULL;
    bool same = ours != NULL && OCSP_id_cmp(ours, named) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

static OCSP_SINGLERESP *find_statement(OCSP_BASICRESP *response,
                                       const struct revocation_question *question)
{
    int count = OCSP_resp_count(response);
    for (int i = 0; i < count && i < STATEMENTS_MAX; i++) {
        OCSP_SINGLERESP *statement = OCSP_resp_get0(response, i);
        if (is_about(statement, question)) {
            return statement;
        }
    }
    return NULL;
}

static bool hash_is_strong(const OCSP_BASICRESP *response)
{
    const ASN1_OBJECT *algorithm = NULL;
    X509_ALGOR_get0(&algorithm, NULL, NULL, OCSP_resp_get0_tbs_sigalg(response));
    return signature_hash_is_strong(OBJ_obj2nid(algorithm));
}

/* The issuer itself, or somebody with a strong key whose own revocation nobody need ask about. */
static bool signer_is_right(OCSP_BASICRESP *response, X509 *issuer, STACK_OF(X509) * issuers)
{
    X509 *signer = NULL;
    if (OCSP_resp_get0_signer(response, &signer, issuers) != 1) {
        return false;
    }
    return X509_cmp(signer, issuer) == 0 ||
           (X509_get_ext_by_NID(signer, NID_id_pkix_OCSP_noCheck, -1) >= 0 &&
            key_is_strong(X509_get0_pubkey(signer)));
}

/* A past response is verified at the time it was made, when its signer's certificate was valid. */
static bool is_signed_rightly(OCSP_BASICRESP *response, const struct revocation_question *question)
{
    time_t when = question->now;
    bool ok = false;
    if (question_is_of_the_past(question) &&
        !time_of(OCSP_resp_get0_produced_at(response), &when)) {
        return false;
    }
    X509_STORE *store = store_of_issuer(question->issuer, when);
    STACK_OF(X509) *issuers = sk_X509_new_null();
    if (store != NULL && issuers != NULL && sk_X509_push(issuers, question->issuer) > 0) {
        ok = hash_is_strong(response) && OCSP_basic_verify(response, issuers, store, 0) == 1 &&
             signer_is_right(response, question->issuer, issuers);
    }
    sk_X509_free(issuers);
    X509_STORE_free(store);
    return ok;
}

/* id-pkix-ocsp-archive-cutoff (RFC 6960, section 4.4.4): it remembers what ended since then. */
static bool remembers(OCSP_SINGLERESP *statement, const X509 *certificate)
{
    ASN1_GENERALIZEDTIME *cutoff =
        OCSP_SINGLERESP_get1_ext_d2i(statement, NID_id_pkix_OCSP_archiveCutoff, NULL, NULL);
    time_t since;
    time_t end;
    bool ok = cutoff != NULL && time_of(cutoff, &since) &&
              time_of(X509_get0_notAfter(certificate), &end) && since <= end;
    ASN1_GENERALIZEDTIME_free(cutoff);
    return ok;
}

/* Whether a critical extension is there: we know none that may be one. */
static bool has_critical(OCSP_BASICRESP *response, OCSP_SINGLERESP *statement)
{
    return OCSP_BASICRESP_get_ext_by_critical(response, 1, -1) >= 0 ||
           OCSP_SINGLERESP_get_ext_by_critical(statement, 1, -1) >= 0;
}

static struct revocation_finding read_statement(OCSP_SINGLERESP *statement,
                                                const struct revocation_question *question)
{
    struct revocation_finding said = finding_unknown(EVIDENCE_OCSP, NULL);
    ASN1_GENERALIZEDTIME *revoked = NULL;
    ASN1_GENERALIZEDTIME *this_update = NULL;
    ASN1_GENERALIZEDTIME *next_update = NULL;
    int status =
        OCSP_single_get0_status(statement, &said.reason, &revoked, &this_update, &next_update);
    if (!time_of(this_update, &said.this_update) ||
        (next_update != NULL &&
         (!time_of(next_update, &said.next_update) || said.next_update < said.this_update))) {
        return finding_unknown(EVIDENCE_OCSP, "the response's times make no sense");
    }
    if (status == V_OCSP_CERTSTATUS_GOOD) {
        said.verdict = REVOCATION_IS_GOOD;
        said.reason = -1;
    } else if (status == V_OCSP_CERTSTATUS_REVOKED && time_of(revoked, &said.revoked_at)) {
        said.verdict = REVOCATION_IS_REVOKED;
    } else {
        return finding_unknown(EVIDENCE_OCSP, "the responder does not know the certificate");
    }
    return finding_conclude(said, question, question->rules->ocsp_age_max_s,
                            remembers(statement, question->certificate));
}

/* NULL, or why the nonce is not what was asked with. OCSP_check_nonce(3) has the numbers. */
static const char *nonce_fault(OCSP_REQUEST *asked, OCSP_BASICRESP *response, bool required)
{
    if (asked == NULL) {
        return NULL;
    }
    int outcome = OCSP_check_nonce(asked, response);
    if (outcome == 0) {
        return "the response answers somebody else's question";
    }
    return outcome < 0 && required ? "the response lacks the nonce" : NULL;
}

struct revocation_finding ocsp_judge(OCSP_BASICRESP *response, OCSP_REQUEST *asked,
                                     const struct revocation_question *question)
{
    struct revocation_finding found;
    OCSP_SINGLERESP *statement = find_statement(response, question);
    const char *fault = nonce_fault(asked, response, question->rules->nonce_required);
    if (statement == NULL) {
        found = finding_unknown(EVIDENCE_OCSP, "the response is about another certificate");
    } else if (fault != NULL) {
        found = finding_unknown(EVIDENCE_OCSP, fault);
    } else if (has_critical(response, statement)) {
        found = finding_unknown(EVIDENCE_OCSP, "the response has an unknown critical extension");
    } else if (!is_signed_rightly(response, question)) {
        found = finding_unknown(EVIDENCE_OCSP, "the response is not signed by one who may");
    } else {
        found = read_statement(statement, question);
    }
    ERR_clear_error();
    return found;
}
