#include "letters/pades_level.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "certs/revocation_search.h"
#include "letters/cms_stamp.h"
#include "letters/file_write.h"
#include "letters/mapping.h"
#include "letters/pades.h"
#include "letters/pdf_dss.h"
#include "letters/pdf_signature.h"
#include "letters/pdf_update.h"
#include "letters/pdf_walk.h"
#include "letters/pdf_xref.h"

struct raise {
    int file;
    const struct level_services *services;
    time_t now;
    struct detail *detail;
};

/* The document as it is now, its last signature, and what that is judged by. */
struct view {
    struct mapping file;
    struct pdf pdf;
    struct pdf_signature last;
    struct cms_signature cms;
    struct cms_stamps stamps;
};

static void view_close(struct view *view)
{
    cms_signature_free(&view->cms);
    pdf_signature_free(&view->last);
    pdf_close(&view->pdf);
    mapping_close(&view->file);
}

static void keep_later(struct pdf_signature *last, struct pdf_signature *found)
{
    if (!found->is_timestamp && found->range.end > last->range.end) {
        pdf_signature_free(last);
        *last = *found;
    } else {
        pdf_signature_free(found);
    }
}

/* The signature that covers most, document time-stamps apart. */
static bool find_last(const struct pdf *pdf, struct pdf_signature *last)
{
    struct pdf_walk walk;
    if (!pdf_walk_begin(&walk, pdf)) {
        return false;
    }
    bool ok = pdf_walk_push(&walk, qpdf_get_root(pdf->qpdf));
    qpdf_oh object;
    while (ok && pdf_walk_next(&walk, &object)) {
        struct pdf_signature found = {0};
        if (pdf_signature_is(pdf, object) && pdf_signature_read(pdf, object, &found) == RULE_NONE) {
            keep_later(last, &found);
        } else {
            pdf_signature_free(&found);
        }
        ok = pdf_walk_push_inside(&walk, object);
        qpdf_oh_release(pdf->qpdf, object);
    }
    pdf_walk_end(&walk);
    return ok;
}

static enum status view_read(const struct raise *raise, struct view *view)
{
    enum status status = pdf_open(view->file.bytes, view->file.size, &view->pdf, raise->detail);
    if (status != STATUS_OK) {
        return status;
    }
    if (!find_last(&view->pdf, &view->last)) {
        return STATUS_INTERNAL;
    }
    enum rule rule = view->last.contents == NULL
                         ? RULE_NOT_SIGNED
                         : cms_signature_read(CMS_OF_PDF, view->last.contents,
                                              view->last.contents_size, &view->cms);
    if (rule != RULE_NONE) {
        return rule_status(rule, raise->detail);
    }
    cms_check_stamps(&view->cms, raise->services->validator->trust, raise->now, &view->stamps);
    return STATUS_OK;
}

static enum status view_open(const struct raise *raise, struct view *view)
{
    *view = (struct view){.file = {0}};
    enum status status = mapping_open(raise->file, &view->file);
    if (status == STATUS_OK) {
        status = view_read(raise, view);
    }
    if (status != STATUS_OK) {
        view_close(view);
    }
    return status;
}

/* DER as hex digits from the gap's beginning; behind it are zeros already, or an older one's end.
 */
static enum status fill_gap(const struct raise *raise, const struct byte_range *range,
                            const uint8_t *der, size_t size)
{
    struct buffer hex;
    size_t room = (size_t)(range->gap_end - range->gap_at) - 2;
    if (size > room / 2) {
        return refuse(raise->detail, STATUS_BAD_REQUEST, "no room for a time-stamp");
    }
    buffer_init(&hex, room);
    enum status status = put_hex(&hex, der, size)
                             ? file_write_at(raise->file, range->gap_at + 1, hex.bytes, hex.size)
                             : STATUS_INTERNAL;
    buffer_free(&hex);
    return status;
}

static enum status stamp_last(const struct raise *raise, const struct view *view)
{
    const struct validator *validator = raise->services->validator;
    uint8_t *der = NULL;
    size_t size = 0;
    enum status status = cms_stamp(CMS_OF_PDF, view->last.contents, view->last.contents_size,
                                   validator->fetcher, raise->services->authorities,
                                   validator->trust, raise->now, &der, &size, raise->detail);
    if (status == STATUS_OK) {
        status = fill_gap(raise, &view->last.range, der, size);
    }
    OPENSSL_free(der);
    return status;
}

static enum status raise_to_t(const struct raise *raise)
{
    struct view view;
    enum status status = view_open(raise, &view);
    if (status != STATUS_OK) {
        return status;
    }
    bool is_stamped = view.stamps.count > 0 && view.stamps.rule == RULE_NONE;
    if (!is_stamped && view.last.range.end < view.file.size) {
        status = refuse(raise->detail, STATUS_BAD_REQUEST,
                        "no time-stamp can be added to a signature that others build upon");
    } else if (!is_stamped) {
        status = stamp_last(raise, &view);
    }
    view_close(&view);
    return status;
}

/* What is to be kept: borrowed certificates, and evidence of its own. */
struct keepsake {
    STACK_OF(X509) * certificates;
    struct evidence evidence;
};

static bool keep_certificates(struct keepsake *keepsake, const STACK_OF(X509) * more)
{
    bool ok = true;
    for (int i = 0; ok && i < sk_X509_num(more); i++) {
        X509 *certificate = sk_X509_value(more, i);
        bool is_there = false;
        for (int k = 0; k < sk_X509_num(keepsake->certificates) && !is_there; k++) {
            is_there = X509_cmp(sk_X509_value(keepsake->certificates, k), certificate) == 0;
        }
        ok = is_there || (X509_up_ref(certificate) == 1 &&
                          sk_X509_push(keepsake->certificates, certificate) > 0);
    }
    return ok;
}

static bool keep_evidence(struct keepsake *keepsake, const struct evidence *more)
{
    bool ok = true;
    for (size_t i = 0; ok && i < more->count; i++) {
        ok = evidence_add_item(&keepsake->evidence, &more->items[i]);
    }
    return ok;
}

/* The signer at the proven time, asked about now. */
static enum status keep_signer(const struct raise *raise, const struct view *view,
                               struct keepsake *keepsake)
{
    struct validation validation;
    const struct validation_question question = {
        .certificate = view->cms.certificate,
        .others = view->cms.others,
        .revocation = raise->services->revocation,
        .purpose = TRUST_SIGN,
        .at = view->stamps.best.at,
        .now = raise->now,
    };
    enum status status = validation_run(raise->services->validator, &question, &validation);
    if (status != STATUS_OK) {
        status = refuse(raise->detail, status, "the signer's certificate: %s",
                        validation.detail != NULL ? validation.detail : "not valid");
    } else if (!keep_certificates(keepsake, validation.chain) ||
               !keep_evidence(keepsake, &validation.used)) {
        status = STATUS_INTERNAL;
    }
    validation_clear(&validation);
    return status;
}

static enum status ask_of_authority(const struct raise *raise, const struct trust_chain *chain,
                                    struct keepsake *keepsake)
{
    const struct validator *validator = raise->services->validator;
    const struct revocation_sources sources = {.fetcher = validator->fetcher,
                                               .cache = validator->cache};
    const struct revocation_question question = {
        .certificate = sk_X509_value(chain->certificates, 0),
        .issuer = sk_X509_value(chain->certificates, 1),
        .at = raise->now,
        .now = raise->now,
        .rules = raise->services->revocation,
    };
    bool in_grace = false;
    const struct revocation_finding finding =
        revocation_search(&sources, &question, &keepsake->evidence, &in_grace);
    if (finding.verdict == REVOCATION_IS_GOOD) {
        return STATUS_OK;
    }
    return refuse(raise->detail,
                  finding.verdict == REVOCATION_IS_REVOKED ? STATUS_CERTIFICATE_REVOKED
                                                           : STATUS_REVOCATION_UNKNOWN,
                  "the time-stamping authority's certificate: %s",
                  finding.why != NULL ? finding.why : "revoked");
}

/* The authority of a time-stamp that was checked before. */
static enum status keep_authority(const struct raise *raise, const uint8_t *token, size_t size,
                                  struct keepsake *keepsake)
{
    struct cms_signature signature;
    struct trust_chain chain;
    enum rule rule = cms_signature_read(CMS_OF_TIMESTAMP, token, size, &signature);
    if (rule != RULE_NONE) {
        return rule_status(rule, raise->detail);
    }
    enum status status = trust_build_chain(raise->services->validator->trust, signature.certificate,
                                           signature.others, raise->now, &chain);
    if (status == STATUS_OK && sk_X509_num(chain.certificates) > 1) {
        status = ask_of_authority(raise, &chain, keepsake);
    }
    if (status == STATUS_OK && !keep_certificates(keepsake, chain.certificates)) {
        status = STATUS_INTERNAL;
    }
    trust_chain_clear(&chain);
    cms_signature_free(&signature);
    return status;
}

static enum status keep_authorities(const struct raise *raise, const struct view *view,
                                    struct keepsake *keepsake)
{
    const uint8_t *token;
    size_t size;
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < CMS_STAMPS_MAX &&
                    cms_signature_timestamp(&view->cms, i, &token, &size);
         i++) {
        status = keep_authority(raise, token, size, keepsake);
    }
    return status;
}

static enum status append(const struct raise *raise, const struct view *view,
                          const struct buffer *tail)
{
    return file_write_at(raise->file, view->file.size, tail->bytes, tail->size);
}

static enum status add_store(const struct raise *raise, struct view *view,
                             const struct keepsake *keepsake)
{
    struct buffer tail;
    enum status status = pdf_dss_build(&view->pdf, keepsake->certificates, &keepsake->evidence,
                                       &tail, raise->detail);
    if (status == STATUS_OK) {
        status = append(raise, view, &tail);
        buffer_free(&tail);
    }
    return status;
}

static enum status raise_to_lt(const struct raise *raise)
{
    struct view view;
    struct keepsake keepsake = {.certificates = sk_X509_new_null()};
    enum status status = keepsake.certificates != NULL ? view_open(raise, &view) : STATUS_INTERNAL;
    if (status == STATUS_OK) {
        status = keep_signer(raise, &view, &keepsake);
        if (status == STATUS_OK) {
            status = keep_authorities(raise, &view, &keepsake);
        }
        if (status == STATUS_OK) {
            status = add_store(raise, &view, &keepsake);
        }
        view_close(&view);
    }
    sk_X509_pop_free(keepsake.certificates, X509_free);
    evidence_clear(&keepsake.evidence);
    return status;
}

static enum status append_place(const struct raise *raise, struct byte_range *range)
{
    struct view view;
    struct pdf_update update;
    enum status status = view_open(raise, &view);
    if (status != STATUS_OK) {
        return status;
    }
    status = pdf_update_build(&view.pdf, PDF_UPDATE_TIMESTAMP, raise->now, &update, raise->detail);
    if (status == STATUS_OK) {
        *range = update.range;
        status = append(raise, &view, &update.tail);
        pdf_update_free(&update);
    }
    view_close(&view);
    return status;
}

static enum status digest_all(const struct raise *raise, const struct byte_range *range,
                              uint8_t *digest)
{
    struct mapping file;
    enum status status = mapping_open(raise->file, &file);
    if (status != STATUS_OK) {
        return status;
    }
    bool ok = file.size == range->end && byte_range_digest(range, file.bytes, EVP_sha256(), digest);
    mapping_close(&file);
    return ok ? STATUS_OK : STATUS_INTERNAL;
}

static enum status raise_to_lta(const struct raise *raise)
{
    const struct validator *validator = raise->services->validator;
    struct byte_range range;
    uint8_t digest[EVP_MAX_MD_SIZE];
    uint8_t *token = NULL;
    size_t size = 0;
    enum status status = append_place(raise, &range);
    if (status == STATUS_OK) {
        status = digest_all(raise, &range, digest);
    }
    if (status == STATUS_OK) {
        status = timestamp_fetch(validator->fetcher, raise->services->authorities, validator->trust,
                                 digest, raise->now, &token, &size, raise->detail);
    }
    if (status == STATUS_OK) {
        status = fill_gap(raise, &range, token, size);
    }
    OPENSSL_free(token);
    return status;
}

static enum status raise_to(enum level level, const struct raise *raise)
{
    switch (level) {
    case LEVEL_T:
        return raise_to_t(raise);
    case LEVEL_LT:
        return raise_to_lt(raise);
    case LEVEL_LTA:
        return raise_to_lta(raise);
    case LEVEL_B:
    default:
        return STATUS_OK;
    }
}

enum status pades_raise(int file, enum level level, const struct level_services *services,
                        time_t now, struct detail *detail)
{
    const struct raise raise = {.file = file, .services = services, .now = now, .detail = detail};
    struct pades_report report;
    enum status status = pades_verify(file, services->validator->trust, now, &report, detail);
    for (enum level step = LEVEL_T; status == STATUS_OK && step <= level; step++) {
        status = raise_to(step, &raise);
    }
    return status;
}
