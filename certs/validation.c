#include "certs/validation.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <string.h>

#include "certs/certificate.h"
#include "certs/revocation_search.h"
#include "certs/services.h"

/* Intermediates that are fetched for one chain. */
#define HOPS_MAX 3
#define BUNDLE_MAX ((size_t)64 * 1024)
#define FETCHED_REUSE_S (24L * 60 * 60)

void validation_clear(struct validation *validation)
{
    sk_X509_pop_free(validation->chain, X509_free);
    evidence_clear(&validation->used);
    *validation = (struct validation){0};
}

static bool add_certificate(STACK_OF(X509) * others, X509 *certificate)
{
    if (certificate == NULL || sk_X509_num(others) >= TRUST_OTHERS_MAX) {
        return false;
    }
    if (X509_up_ref(certificate) != 1) {
        return false;
    }
    if (sk_X509_push(others, certificate) <= 0) {
        X509_free(certificate);
        return false;
    }
    return true;
}

/* A DER certificate, or a CMS that holds nothing but certificates (RFC 5280, section 4.2.2.1). */
static bool add_bundle(STACK_OF(X509) * others, const uint8_t *bytes, size_t size)
{
    X509 *one = certificate_from_der(bytes, size);
    bool added = add_certificate(others, one);
    X509_free(one);
    if (one != NULL) {
        return added;
    }
    const uint8_t *end = bytes;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &end, (long)size);
    STACK_OF(X509) *inside = cms != NULL ? CMS_get1_certs(cms) : NULL;
    for (int i = 0; i < sk_X509_num(inside); i++) {
        added = add_certificate(others, sk_X509_value(inside, i)) || added;
    }
    sk_X509_pop_free(inside, X509_free);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return added;
}

static bool get_bundle(const struct validator *validator,
                       const struct validation_question *question, const char *url,
                       struct buffer *bytes)
{
    struct revocation_key key;
    time_t stored;
    const char *why;
    const struct fetch_request request = {
        .url = url, .answer_max = BUNDLE_MAX, .timeout_ms = question->revocation->timeout_ms};
    bool named = validator->cache != NULL && revocation_key_url(url, &key);
    if (named && revocation_cache_get(validator->cache, &key, BUNDLE_MAX, bytes, &stored)) {
        if (stored <= question->now && stored + FETCHED_REUSE_S >= question->now) {
            return true;
        }
        buffer_free(bytes);
    }
    if (!validator->aia_fetcher->fetch(validator->aia_fetcher->context, &request, bytes, &why)) {
        return false;
    }
    if (named) {
        revocation_cache_put(validator->cache, &key, bytes->bytes, bytes->size);
    }
    return true;
}

/* Over plain http alone: there is nothing secret in it, and no TLS handshake with strangers. */
static bool fetch_issuer(const struct validator *validator,
                         const struct validation_question *question, const X509 *orphan,
                         STACK_OF(X509) * others)
{
    struct services services;
    services_read(orphan, SERVICE_ISSUER, &services);
    for (size_t i = 0; i < services.count; i++) {
        struct buffer bytes;
        if (strncmp(services.urls[i], "http://", strlen("http://")) == 0 &&
            get_bundle(validator, question, services.urls[i], &bytes)) {
            bool added = add_bundle(others, bytes.bytes, bytes.size);
            buffer_free(&bytes);
            if (added) {
                return true;
            }
        }
    }
    return false;
}

/* The caller's own copy of the list that came along; NULL if memory is out or there are too many.
 */
static STACK_OF(X509) * copy_others(const STACK_OF(X509) * others)
{
    STACK_OF(X509) *copy = sk_X509_new_null();
    for (int i = 0; copy != NULL && i < sk_X509_num(others); i++) {
        if (!add_certificate(copy, sk_X509_value(others, i))) {
            sk_X509_pop_free(copy, X509_free);
            return NULL;
        }
    }
    return copy;
}

static enum status build_chain(const struct validator *validator,
                               const struct validation_question *question,
                               struct validation *validation)
{
    struct trust_chain chain;
    bool may_fetch = validator->aia_fetcher != NULL;
    STACK_OF(X509) *others = copy_others(question->others);
    if (others == NULL) {
        validation->detail = "too many certificates came along";
        return STATUS_CERTIFICATE_UNTRUSTED;
    }
    enum status status;
    for (int hop = 0;; hop++) {
        status = trust_build_chain(validator->trust, question->certificate, others, question->at,
                                   &chain);
        if (chain.lacks_issuer == NULL || !may_fetch || hop == HOPS_MAX ||
            !fetch_issuer(validator, question, chain.lacks_issuer, others)) {
            break;
        }
        trust_chain_clear(&chain);
    }
    validation->chain = chain.certificates;
    chain.certificates = NULL;
    validation->detail = chain.reason;
    trust_chain_clear(&chain);
    sk_X509_pop_free(others, X509_free);
    return status;
}

static enum status conclude(const struct validation_question *question,
                            struct validation *validation)
{
    switch (validation->revocation.verdict) {
    case REVOCATION_IS_GOOD:
        return STATUS_OK;
    case REVOCATION_IS_REVOKED:
        validation->detail = validation->revocation_depth == 0 ? "the certificate was revoked"
                                                               : "an authority was revoked";
        return validation->revocation_depth == 0 ? STATUS_CERTIFICATE_REVOKED
                                                 : STATUS_CERTIFICATE_UNTRUSTED;
    case REVOCATION_IS_UNKNOWN:
        break;
    }
    if (question->revocation->need == REVOCATION_PREFER) {
        return STATUS_OK;
    }
    validation->detail = validation->revocation.why;
    return STATUS_REVOCATION_UNKNOWN;
}

static struct revocation_finding find_out(const struct validator *validator,
                                          const struct revocation_question *asked,
                                          const struct evidence *carried,
                                          struct validation *validation)
{
    const struct revocation_sources sources = {
        .carried = carried, .fetcher = validator->fetcher, .cache = validator->cache};
    struct revocation_finding finding;
    if (validator->memory != NULL && revocation_memory_get(validator->memory, asked, &finding)) {
        return finding;
    }
    finding = revocation_search(&sources, asked, &validation->used, &validation->in_grace);
    if (validator->memory != NULL) {
        revocation_memory_put(validator->memory, asked, &finding);
    }
    return finding;
}

enum status validation_revocation(const struct validator *validator,
                                  const struct validation_question *question,
                                  struct validation *validation)
{
    int last = question->revocation->whole_chain ? sk_X509_num(validation->chain) - 1 : 1;
    struct revocation_finding first = validation->revocation;
    enum status status = STATUS_OK;
    if (question->revocation->need == REVOCATION_OFF) {
        return STATUS_OK;
    }
    for (int depth = 0; depth < last && depth + 1 < sk_X509_num(validation->chain); depth++) {
        const struct revocation_question asked = {
            .certificate = sk_X509_value(validation->chain, depth),
            .issuer = sk_X509_value(validation->chain, depth + 1),
            .at = question->at,
            .now = question->now,
            .rules = question->revocation,
        };
        validation->revocation = find_out(validator, &asked, question->evidence, validation);
        validation->revocation_depth = (size_t)depth;
        status = conclude(question, validation);
        if (status != STATUS_OK) {
            return status;
        }
        first = depth == 0 ? validation->revocation : first;
    }
    validation->revocation = first;
    validation->revocation_depth = 0;
    return status;
}

enum status validation_chain(const struct validator *validator,
                             const struct validation_question *question,
                             struct validation *validation)
{
    *validation = (struct validation){0};
    validation->revocation.why = "nobody was asked";
    validation->revocation.reason = -1;
    enum status status = trust_check_use(question->certificate, question->purpose);
    if (status != STATUS_OK) {
        validation->detail = "the certificate is not for this use";
        return status;
    }
    return build_chain(validator, question, validation);
}

enum status validation_run(const struct validator *validator,
                           const struct validation_question *question,
                           struct validation *validation)
{
    enum status status = validation_chain(validator, question, validation);
    return status == STATUS_OK ? validation_revocation(validator, question, validation) : status;
}
