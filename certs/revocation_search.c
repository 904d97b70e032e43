#include "certs/revocation_search.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <string.h>

#include "certs/services.h"

#define OCSP_REQUEST_TYPE "application/ocsp-request"
#define OCSP_RESPONSE_TYPE "application/ocsp-response"

/* A question on its way through the sources. */
struct search {
    const struct revocation_sources *sources;
    const struct revocation_question *question;
    struct revocation_finding fallback; /* the best that did not decide */
    struct evidence fallback_evidence;
    struct evidence *used;
};

static bool decides(const struct revocation_finding *found)
{
    return found->verdict == REVOCATION_IS_REVOKED ||
           (found->verdict == REVOCATION_IS_GOOD && found->stale_s == 0);
}

/* Whoever keeps the evidence wants the deltas, too. Losing one to want of memory loses no answer.
 */
static void use(struct evidence *used, const struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        if (!evidence_add_item(used, &evidence->items[i])) {
            return;
        }
    }
}

static void fall_back_on(struct search *search, const struct revocation_finding *found,
                         const struct evidence *evidence)
{
    bool better =
        found->verdict == REVOCATION_IS_GOOD && (search->fallback.verdict != REVOCATION_IS_GOOD ||
                                                 found->stale_s < search->fallback.stale_s);
    if (better) {
        evidence_clear(&search->fallback_evidence);
        use(&search->fallback_evidence, evidence);
    }
    if (better || search->fallback.verdict == REVOCATION_IS_UNKNOWN) {
        search->fallback = *found;
    }
}

static bool carried_decides(struct search *search, struct revocation_finding *found)
{
    const struct evidence *carried = search->sources->carried;
    size_t index = 0;
    if (carried == NULL || carried->count == 0) {
        return false;
    }
    *found = revocation_judge(carried, search->question, &index);
    if (!decides(found)) {
        struct evidence none = {0};
        fall_back_on(search, found, &none);
        return false;
    }
    return evidence_add_item(search->used, &carried->items[index]);
}

static bool key_for(const struct search *search, enum service_kind kind, const char *url,
                    struct revocation_key *key)
{
    return kind == SERVICE_OCSP
               ? revocation_key_ocsp(search->question->certificate, search->question->issuer, key)
               : revocation_key_url(url, key);
}

static bool add(struct evidence *evidence, enum service_kind kind, const struct buffer *bytes)
{
    return kind == SERVICE_OCSP ? evidence_add_ocsp(evidence, bytes->bytes, bytes->size)
                                : evidence_add_crl(evidence, bytes->bytes, bytes->size);
}

/* Adds what the cache has of that address; *recent becomes false if it was put too long ago. */
static bool add_cached(const struct search *search, enum service_kind kind, const char *url,
                       struct evidence *evidence, bool *recent)
{
    struct revocation_key key;
    struct buffer bytes;
    time_t stored;
    size_t most = kind == SERVICE_OCSP ? EVIDENCE_OCSP_MAX : EVIDENCE_CRL_MAX;
    if (search->sources->cache == NULL || !key_for(search, kind, url, &key) ||
        !revocation_cache_get(search->sources->cache, &key, most, &bytes, &stored)) {
        return false;
    }
    bool ok = add(evidence, kind, &bytes);
    buffer_free(&bytes);
    time_t now = search->question->now;
    if (stored > now || stored + search->question->rules->reuse_s < now) {
        *recent = false;
    }
    return ok;
}

static void keep(const struct search *search, enum service_kind kind, const char *url,
                 const struct evidence_item *item)
{
    struct revocation_key key;
    if (search->sources->cache != NULL && key_for(search, kind, url, &key)) {
        revocation_cache_put(search->sources->cache, &key, item->der, item->size);
    }
}

static bool fetch_crl(const struct search *search, const char *url, struct evidence *evidence,
                      const char **why)
{
    const struct fetcher *fetcher = search->sources->fetcher;
    const struct fetch_request request = {.url = url,
                                          .answer_max = EVIDENCE_CRL_MAX,
                                          .timeout_ms = search->question->rules->timeout_ms};
    struct buffer answer;
    if (!fetcher->fetch(fetcher->context, &request, &answer, why)) {
        return false;
    }
    bool ok = evidence_add_crl(evidence, answer.bytes, answer.size);
    buffer_free(&answer);
    if (!ok) {
        *why = "what lies at the CRL's address is no CRL";
    }
    return ok;
}

static bool fetch_ocsp(const struct search *search, const char *url, OCSP_REQUEST *asked,
                       struct evidence *evidence, const char **why)
{
    const struct fetcher *fetcher = search->sources->fetcher;
    struct fetch_request request = {.url = url,
                                    .body_type = OCSP_REQUEST_TYPE,
                                    .answer_type = OCSP_RESPONSE_TYPE,
                                    .answer_max = EVIDENCE_OCSP_MAX,
                                    .timeout_ms = search->question->rules->timeout_ms};
    struct buffer answer;
    uint8_t *body = NULL;
    int size = i2d_OCSP_REQUEST(asked, &body);
    request.body = body;
    request.body_size = size > 0 ? (size_t)size : 0;
    *why = "memory is out";
    bool fetched = size > 0 && fetcher->fetch(fetcher->context, &request, &answer, why);
    OPENSSL_free(body);
    if (!fetched) {
        return false;
    }
    bool ok = evidence_add_ocsp(evidence, answer.bytes, answer.size);
    buffer_free(&answer);
    if (!ok) {
        *why = "the responder gave no answer";
    }
    return ok;
}

static struct revocation_finding ask_responder(const struct search *search, const char *url,
                                               struct evidence *evidence)
{
    const char *why = "memory is out";
    OCSP_REQUEST *asked = ocsp_ask(search->question);
    struct revocation_finding found = {.source = EVIDENCE_OCSP, .reason = -1};
    if (asked != NULL && fetch_ocsp(search, url, asked, evidence, &why)) {
        found = ocsp_judge(evidence->items[0].ocsp, asked, search->question);
    } else {
        found.why = why;
    }
    OCSP_REQUEST_free(asked);
    if (decides(&found)) {
        keep(search, SERVICE_OCSP, url, &evidence->items[0]);
    }
    return found;
}

/* The deltas add to what the base says; where they cannot be had, the base speaks alone. */
static void add_deltas(const struct search *search, bool from_cache, struct evidence *evidence,
                       bool *recent)
{
    struct services deltas;
    services_read(search->question->certificate, SERVICE_DELTA, &deltas);
    for (size_t i = 0; i < deltas.count; i++) {
        const char *why;
        const char *url = deltas.urls[i];
        if (from_cache) {
            *recent = add_cached(search, SERVICE_CRL, url, evidence, recent) && *recent;
        } else if (fetch_crl(search, url, evidence, &why)) {
            keep(search, SERVICE_CRL, url, &evidence->items[evidence->count - 1]);
        }
    }
}

static struct revocation_finding ask_for_list(const struct search *search, const char *url,
                                              struct evidence *evidence)
{
    const char *why;
    bool recent;
    struct revocation_finding found = {.source = EVIDENCE_CRL, .reason = -1};
    if (!fetch_crl(search, url, evidence, &why)) {
        found.why = why;
        return found;
    }
    add_deltas(search, false, evidence, &recent);
    found = revocation_judge(evidence, search->question, NULL);
    if (decides(&found)) {
        keep(search, SERVICE_CRL, url, &evidence->items[0]);
    }
    return found;
}

/* One service, or the cache of it. True if that decides. */
static bool try_service(struct search *search, enum service_kind kind, const char *url,
                        bool from_cache, struct revocation_finding *found)
{
    struct evidence evidence = {0};
    bool recent = true;
    *found = (struct revocation_finding){.reason = -1, .why = "no service could be asked"};
    if (from_cache) {
        if (!add_cached(search, kind, url, &evidence, &recent)) {
            return false;
        }
        if (kind == SERVICE_CRL) {
            add_deltas(search, true, &evidence, &recent);
        }
        *found = revocation_judge(&evidence, search->question, NULL);
    } else {
        *found = kind == SERVICE_OCSP ? ask_responder(search, url, &evidence)
                                      : ask_for_list(search, url, &evidence);
    }
    bool decided = decides(found) && recent;
    if (decided) {
        use(search->used, &evidence);
    } else {
        fall_back_on(search, found, &evidence);
    }
    evidence_clear(&evidence);
    return decided;
}

static bool try_services(struct search *search, bool from_cache, struct revocation_finding *found)
{
    bool crl_first = search->question->rules->crl_first;
    const enum service_kind order[] = {crl_first ? SERVICE_CRL : SERVICE_OCSP,
                                       crl_first ? SERVICE_OCSP : SERVICE_CRL};
    struct services services;
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        services_read(search->question->certificate, order[k], &services);
        for (size_t i = 0; i < services.count; i++) {
            if (try_service(search, order[k], services.urls[i], from_cache, found)) {
                return true;
            }
        }
    }
    return false;
}

static struct revocation_finding last_resort(struct search *search, bool *in_grace)
{
    struct revocation_finding found = search->fallback;
    if (found.verdict != REVOCATION_IS_GOOD) {
        return found;
    }
    if (found.stale_s > search->question->rules->grace_s) {
        found.verdict = REVOCATION_IS_UNKNOWN;
        found.why = "the last answer is too old";
        return found;
    }
    *in_grace = found.stale_s > 0 || *in_grace;
    use(search->used, &search->fallback_evidence);
    return found;
}

struct revocation_finding revocation_search(const struct revocation_sources *sources,
                                            const struct revocation_question *question,
                                            struct evidence *used, bool *in_grace)
{
    struct search search = {
        .sources = sources,
        .question = question,
        .fallback = {.reason = -1, .why = "the certificate names no service that could be asked"},
        .used = used,
    };
    struct revocation_finding found;
    if (!carried_decides(&search, &found) && !try_services(&search, true, &found) &&
        (sources->fetcher == NULL || !try_services(&search, false, &found))) {
        found = last_resort(&search, in_grace);
    }
    evidence_clear(&search.fallback_evidence);
    return found;
}
