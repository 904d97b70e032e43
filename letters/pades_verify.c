#include <stdlib.h>

#include "letters/cms.h"
#include "letters/pades.h"
#include "letters/pdf_changes.h"
#include "letters/pdf_signature.h"
#include "letters/pdf_walk.h"
#include "letters/signer.h"

struct verification {
    struct pdf *pdf;
    const struct trust *trust;
    time_t at;
    struct pades_report *report;
};

static enum rule check_cms(const struct verification *verification,
                           const struct pdf_signature *found, struct pades_signature *signature)
{
    struct cms_signature cms;
    uint8_t digest[EVP_MAX_MD_SIZE];
    enum rule rule = cms_signature_read(CMS_OF_PDF, found->contents, found->contents_size, &cms);
    if (rule != RULE_NONE) {
        return rule;
    }
    signature->has_signer = subject_read(cms.certificate, &signature->signer);
    if (!byte_range_digest(&found->range, verification->pdf->bytes, cms.hash, digest)) {
        rule = RULE_INTERNAL;
    } else if (!signature->has_signer) {
        rule = RULE_SIGNER_UNNAMED;
    } else {
        rule = cms_signature_check(&cms, digest);
    }
    if (rule == RULE_NONE) {
        rule = signer_check(verification->trust, cms.certificate, cms.others, verification->at);
    }
    cms_signature_free(&cms);
    return rule;
}

static void set_rule(struct pades_signature *signature, enum rule rule)
{
    signature->rule = rule;
    signature->status = rule_status(rule, &signature->detail);
}

static void verify_one(const struct verification *verification, qpdf_oh dictionary,
                       struct pades_signature *signature)
{
    const struct pdf *pdf = verification->pdf;
    struct pdf_signature found;
    enum rule rule = pdf_signature_read(pdf, dictionary, &found);
    *signature = (struct pades_signature){
        .covered_size = found.range.end,
        .bytes_after = pdf->size - found.range.end,
    };
    pdf_signature_time(pdf, dictionary, signature->claimed_time);
    if (rule == RULE_NONE) {
        rule = check_cms(verification, &found, signature);
    }
    pdf_signature_free(&found);
    set_rule(signature, rule);
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

static enum status find_all(const struct verification *verification, struct detail *detail)
{
    struct pdf_walk walk;
    struct pades_report *report = verification->report;
    qpdf_data qpdf = verification->pdf->qpdf;
    if (!pdf_walk_begin(&walk, verification->pdf)) {
        return STATUS_INTERNAL;
    }
    bool ok = pdf_walk_push(&walk, qpdf_get_root(qpdf));
    qpdf_oh object;
    while (ok && pdf_walk_next(&walk, &object)) {
        if (pdf_signature_is(verification->pdf, object) ||
            is_false_field(verification->pdf, object)) {
            ok = report->count < PADES_SIGNATURES_MAX;
            if (ok) {
                verify_one(verification, object, &report->signatures[report->count++]);
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
    const struct pades_signature *one = a;
    const struct pades_signature *other = b;
    return (one->covered_size > other->covered_size) - (one->covered_size < other->covered_size);
}

/* What the changes since a signature mean for it. */
static enum rule judge(unsigned kinds, enum pdf_lock lock, bool is_last)
{
    if ((kinds & PDF_CHANGE_CONTENT) != 0) {
        return RULE_PDF_CONTENT_CHANGED;
    }
    if ((lock == PDF_LOCK_ALL && (kinds & ~(unsigned)PDF_CHANGE_VALIDATION) != 0) ||
        (lock == PDF_LOCK_ANNOTATIONS && (kinds & PDF_CHANGE_ANNOTATION) != 0)) {
        return RULE_PDF_CHANGE_FORBIDDEN;
    }
    if ((kinds & PDF_CHANGE_ANNOTATION) != 0) {
        return RULE_PDF_ANNOTATED;
    }
    if ((kinds & PDF_CHANGE_FORM) != 0) {
        return RULE_PDF_FORM_CHANGED;
    }
    if ((kinds & PDF_CHANGE_OVERLAY) != 0) {
        return RULE_PDF_OVERLAID;
    }
    /* Nobody signed what follows the last signature, so it may hold nothing but what needs none. */
    return is_last && kinds != PDF_CHANGE_VALIDATION ? RULE_PDF_ADDED_AFTER : RULE_NONE;
}

/* Everything that was changed from one signature to the next, or to the end of the file. */
struct step {
    enum rule rule; /* or why that cannot be told */
    struct pdf_changes changes;
};

static enum rule compare(struct pdf *before, struct pdf *after, struct step *step)
{
    struct detail ignored;
    if (after->xref_at < before->size) {
        return RULE_PDF_ADDED_AFTER; /* bytes that belong to no update */
    }
    return pdf_changes_find(before, after, &step->changes, &ignored) == STATUS_OK
               ? RULE_NONE
               : RULE_PDF_REVISION;
}

static void look_at_step(const struct pdf *pdf, uint64_t size, uint64_t next_size,
                         struct step *step)
{
    struct pdf before;
    struct pdf after;
    struct detail ignored;
    step->rule = RULE_PDF_REVISION;
    if (pdf_open(pdf->bytes, size, &before, &ignored) != STATUS_OK) {
        return;
    }
    if (pdf_open(pdf->bytes, next_size, &after, &ignored) == STATUS_OK) {
        step->rule = compare(&before, &after, step);
        pdf_close(&after);
    }
    pdf_close(&before);
}

/* From the last signature back, so that each is told all that came after it. */
static void look_at_changes(const struct verification *verification)
{
    struct pades_report *report = verification->report;
    uint64_t next_size = verification->pdf->size;
    unsigned kinds = 0;
    enum rule broken = RULE_NONE;
    for (size_t i = report->count; i-- > 0;) {
        struct pades_signature *signature = &report->signatures[i];
        struct step step = {.rule = RULE_NONE, .changes = {.lock = PDF_LOCK_NONE}};
        if (signature->covered_size == 0) {
            return; /* covers nothing, and is invalid; so are all before it */
        }
        if (signature->covered_size < next_size) {
            look_at_step(verification->pdf, signature->covered_size, next_size, &step);
        }
        kinds |= step.changes.kinds;
        broken = broken != RULE_NONE ? broken : step.rule;
        signature->changes = kinds;
        enum rule rule = broken;
        if (rule == RULE_NONE && signature->bytes_after > 0) {
            rule = judge(kinds, step.changes.lock, i + 1 == report->count);
        }
        if (i + 1 < report->count && signature->covered_size == next_size) {
            rule = RULE_PDF_SAME_COVERAGE;
            set_rule(&report->signatures[i + 1], rule);
        }
        if (signature->rule == RULE_NONE) {
            set_rule(signature, rule);
        }
        next_size = signature->covered_size;
    }
}

static enum rule verdict(const struct pades_report *report)
{
    return report->count == 0 ? RULE_NOT_SIGNED : report->signatures[report->count - 1].rule;
}

static enum status verify_all(const struct verification *verification, struct detail *detail)
{
    struct pades_report *report = verification->report;
    enum status status = find_all(verification, detail);
    if (status != STATUS_OK) {
        *report = (struct pades_report){.rule = RULE_PDF_UNREADABLE};
        return status;
    }
    qsort(report->signatures, report->count, sizeof *report->signatures, by_coverage);
    look_at_changes(verification);
    report->rule = verdict(report);
    return rule_status(report->rule, detail);
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
        const struct verification verification = {
            .pdf = &pdf, .trust = trust, .at = at, .report = report};
        status = verify_all(&verification, detail);
        pdf_close(&pdf);
    }
    mapping_close(&file);
    return status;
}
