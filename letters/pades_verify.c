#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "letters/cms.h"
#include "letters/pades.h"
#include "letters/pades_changes.h"
#include "letters/pdf_changes.h"
#include "letters/pdf_dss.h"
#include "letters/pdf_signature.h"
#include "letters/pdf_walk.h"
#include "letters/signer.h"

/* A signature, and what its verdict is made of. */
struct entry {
    struct pades_signature told;
    struct pdf_signature found;
    struct cms_signature cms; /* of a person's that could be read */
};

struct verification {
    struct pdf *pdf;
    const struct trust *trust;
    time_t at;
    struct pdf_dss dss;
    size_t count;
    struct entry entries[PADES_SIGNATURES_MAX]; /* by coverage, once all are found */
};

static enum rule read_cms(const struct verification *verification, struct entry *entry)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    const struct pdf_signature *found = &entry->found;
    enum rule rule =
        cms_signature_read(CMS_OF_PDF, found->contents, found->contents_size, &entry->cms);
    if (rule != RULE_NONE) {
        return rule;
    }
    entry->told.has_signer = subject_read(entry->cms.certificate, &entry->told.signer);
    if (!entry->told.has_signer) {
        return RULE_SIGNER_UNNAMED;
    }
    return byte_range_digest(&found->range, verification->pdf->bytes, entry->cms.hash, digest)
               ? cms_signature_check(&entry->cms, digest)
               : RULE_INTERNAL;
}

static void read_entry(const struct verification *verification, qpdf_oh dictionary,
                       struct entry *entry)
{
    const struct pdf *pdf = verification->pdf;
    struct pades_signature *told = &entry->told;
    told->rule = pdf_signature_read(pdf, dictionary, &entry->found);
    told->is_timestamp = entry->found.is_timestamp;
    told->covered_size = entry->found.range.end;
    told->bytes_after = pdf->size - entry->found.range.end;
    pdf_signature_time(pdf, dictionary, told->claimed_time);
    if (told->rule == RULE_NONE && !told->is_timestamp) {
        told->rule = read_cms(verification, entry);
    }
}

/* In a signature's place stands something else, so that pdf_signature_is does not find it there. */
static bool is_false_field(const struct pdf *pdf, qpdf_oh object)
{
    if (!qpdf_oh_is_dictionary(pdf->qpdf, object)) {
        return false;
    }
    qpdf_oh value = pdf_get(pdf, object, "/V");
    bool is = pdf_has_name(pdf, object, "/FT", "/Sig") && !qpdf_oh_is_null(pdf->qpdf, value) &&
              !pdf_signature_is(pdf, value);
    qpdf_oh_release(pdf->qpdf, value);
    return is;
}

static enum status find_all(struct verification *verification, struct detail *detail)
{
    struct pdf_walk walk;
    qpdf_data qpdf = verification->pdf->qpdf;
    if (!pdf_walk_begin(&walk, verification->pdf)) {
        return STATUS_INTERNAL;
    }
    bool ok = pdf_walk_push(&walk, qpdf_get_root(qpdf));
    qpdf_oh object;
    while (ok && pdf_walk_next(&walk, &object)) {
        if (pdf_signature_is(verification->pdf, object) ||
            is_false_field(verification->pdf, object)) {
            ok = verification->count < PADES_SIGNATURES_MAX;
            if (ok) {
                read_entry(verification, object, &verification->entries[verification->count++]);
            }
        }
        ok = ok && pdf_walk_push_inside(&walk, object);
        qpdf_oh_release(qpdf, object);
    }
    pdf_walk_end(&walk);
    return ok ? pdf_check(verification->pdf, detail)
              : refuse(detail, STATUS_DOCUMENT_DAMAGED, "too many signatures or objects");
}

static int by_coverage(const void *a, const void *b)
{
    const struct entry *one = a;
    const struct entry *other = b;
    return (one->told.covered_size > other->told.covered_size) -
           (one->told.covered_size < other->told.covered_size);
}

struct covered {
    const struct verification *verification;
    const struct entry *entry;
};

static bool digest_covered(const void *data, const EVP_MD *hash, uint8_t *digest)
{
    const struct covered *covered = data;
    return byte_range_digest(&covered->entry->found.range, covered->verification->pdf->bytes, hash,
                             digest);
}

static void check_timestamp(const struct verification *verification, struct entry *entry,
                            time_t when)
{
    struct timestamp stamp;
    const struct covered covered = {.verification = verification, .entry = entry};
    struct pades_signature *told = &entry->told;
    told->rule = timestamp_check(verification->trust, entry->found.contents,
                                 pdf_signature_der_size(&entry->found), digest_covered, &covered,
                                 when, &stamp);
    if (told->rule == RULE_NONE) {
        told->stamps = (struct cms_stamps){.count = 1, .best = stamp};
        told->is_proven = true;
        told->proven_at = stamp.at;
    }
}

static void check_signer(const struct verification *verification, struct entry *entry,
                         bool is_stamped, time_t when)
{
    struct pades_signature *told = &entry->told;
    cms_check_stamps(&entry->cms, verification->trust, when, &told->stamps);
    told->is_proven = is_stamped;
    told->proven_at = is_stamped ? when : 0;
    if (told->stamps.count > 0 && told->stamps.rule == RULE_NONE) {
        told->is_proven = true;
        told->proven_at = told->stamps.best.at;
    }
    bool is_known = false;
    const struct signer_question question = {
        .trust = verification->trust,
        .certificate = entry->cms.certificate,
        .others = entry->cms.others,
        .carried = verification->dss.certificates,
        .evidence = &verification->dss.evidence,
        .is_proven = told->is_proven,
        .at = told->is_proven ? told->proven_at : verification->at,
        .now = verification->at,
    };
    told->rule = signer_check(&question, &is_known);
    if (told->rule == RULE_NONE && told->is_proven) {
        told->level = is_known ? LEVEL_LT : LEVEL_T;
    }
}

/* From the last back: what a good time-stamp covers need be trusted only until that time. */
static void check_all(struct verification *verification)
{
    time_t when = verification->at;
    bool is_stamped = false;
    for (size_t i = verification->count; i-- > 0;) {
        struct entry *entry = &verification->entries[i];
        if (entry->told.rule != RULE_NONE) {
            continue;
        }
        if (!entry->told.is_timestamp) {
            check_signer(verification, entry, is_stamped, when);
            continue;
        }
        check_timestamp(verification, entry, when);
        if (entry->told.rule == RULE_NONE) {
            when = entry->told.proven_at;
            is_stamped = true;
        }
    }
}

/* LT is kept for long once a later time-stamp covers the data that it was judged by. */
static void raise_levels(struct pades_report *report, const unsigned steps[])
{
    bool is_kept = false;  /* by a good time-stamp, */
    bool has_data = false; /* added before it */
    for (size_t i = report->count; i-- > 0;) {
        struct pades_signature *signature = &report->signatures[i];
        has_data = has_data || (is_kept && (steps[i] & PDF_CHANGE_VALIDATION) != 0);
        if (signature->rule != RULE_NONE) {
            signature->level = LEVEL_B;
        } else if (signature->is_timestamp) {
            is_kept = true;
        } else if (signature->level == LEVEL_LT && has_data) {
            signature->level = LEVEL_LTA;
        }
    }
}

/* That of the last signature by a person. */
static enum rule verdict(const struct pades_report *report)
{
    for (size_t i = report->count; i-- > 0;) {
        if (!report->signatures[i].is_timestamp) {
            return report->signatures[i].rule;
        }
    }
    return RULE_NOT_SIGNED;
}

static void judge_all(struct verification *verification, struct pades_report *report)
{
    unsigned steps[PADES_SIGNATURES_MAX] = {0};
    qsort(verification->entries, verification->count, sizeof *verification->entries, by_coverage);
    pdf_dss_read(verification->pdf, &verification->dss);
    check_all(verification);
    for (size_t i = 0; i < verification->count; i++) {
        struct pades_signature *told = &report->signatures[report->count++];
        *told = verification->entries[i].told;
        told->status = rule_status(told->rule, &told->detail);
    }
    pades_look_at_changes(verification->pdf, report, steps);
    raise_levels(report, steps);
    report->rule = verdict(report);
}

static enum status verify(struct verification *verification, struct pades_report *report,
                          struct detail *detail)
{
    enum status status = find_all(verification, detail);
    if (status == STATUS_OK) {
        judge_all(verification, report);
        status = rule_status(report->rule, detail);
    }
    for (size_t i = 0; i < verification->count; i++) {
        pdf_signature_free(&verification->entries[i].found);
        cms_signature_free(&verification->entries[i].cms);
    }
    pdf_dss_clear(&verification->dss);
    return status;
}

static enum status verify_pdf(struct pdf *pdf, const struct trust *trust, time_t at,
                              struct pades_report *report, struct detail *detail)
{
    struct verification *verification = calloc(1, sizeof *verification);
    if (verification == NULL) {
        return STATUS_INTERNAL;
    }
    verification->pdf = pdf;
    verification->trust = trust;
    verification->at = at;
    enum status status = verify(verification, report, detail);
    free(verification);
    return status;
}

enum status pades_verify(int document, const struct trust *trust, time_t at,
                         struct pades_report *report, struct detail *detail)
{
    struct mapping file;
    struct pdf pdf;
    *detail = (struct detail){0};
    *report = (struct pades_report){.rule = RULE_PDF_UNREADABLE};
    enum status status = mapping_open(document, &file);
    if (status != STATUS_OK) {
        return status;
    }
    status = pdf_open(file.bytes, file.size, &pdf, detail);
    if (status == STATUS_OK) {
        status = verify_pdf(&pdf, trust, at, report, detail);
        pdf_close(&pdf);
    }
    mapping_close(&file);
    return status;
}
