#include "letters/pades_changes.h"

#include "letters/pdf_changes.h"

/* What the changes since a signature mean for it. */
static enum rule judge(unsigned kinds, enum pdf_lock lock, bool only_stamped)
{
    /* ISO 32000-2, 12.8.2.2: time-stamps are no change, whatever the lock. */
    unsigned harmless = PDF_CHANGE_VALIDATION | (only_stamped ? PDF_CHANGE_SIGNATURE : 0U);
    if ((kinds & PDF_CHANGE_CONTENT) != 0) {
        return RULE_PDF_CONTENT_CHANGED;
    }
    if ((lock == PDF_LOCK_ALL && (kinds & ~harmless) != 0) ||
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
    return RULE_NONE;
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

static void set_rule(struct pades_signature *signature, enum rule rule)
{
    signature->rule = rule;
    signature->status = rule_status(rule, &signature->detail);
}

/* Nobody signed what follows the last signature, so it may hold nothing but what needs none. */
static enum rule rule_of_end(const struct pades_signature *last, const struct step *step)
{
    bool is_false_stamp = last->is_timestamp && last->rule != RULE_NONE;
    bool is_more = last->bytes_after > 0 && step->changes.kinds != PDF_CHANGE_VALIDATION;
    return is_false_stamp || is_more ? RULE_PDF_ADDED_AFTER : RULE_NONE;
}

/* What all the updates after a signature add up to. */
struct sum {
    unsigned kinds;
    enum rule broken;  /* what makes it worthless, whatever it changed */
    bool only_stamped; /* there are later signatures, and all are time-stamps */
};

static void judge_one(struct pades_signature *signature, const struct step *step,
                      const struct sum *sum)
{
    enum rule rule = judge(sum->kinds, step->changes.lock, sum->only_stamped);
    signature->changes = sum->kinds;
    if (rule == RULE_NONE) {
        rule = sum->broken;
    }
    if (signature->rule == RULE_NONE) {
        set_rule(signature, rule);
    }
}

/* From the last signature back, so that each is told all that came after it. */
void pades_look_at_changes(const struct pdf *pdf, struct pades_report *report,
                           unsigned steps[PADES_SIGNATURES_MAX])
{
    uint64_t next_size = pdf->size;
    struct sum sum = {.broken = RULE_NONE};
    for (size_t i = report->count; i-- > 0;) {
        struct pades_signature *signature = &report->signatures[i];
        struct step step = {.rule = RULE_NONE, .changes = {.lock = PDF_LOCK_NONE}};
        bool is_last = i + 1 == report->count;
        if (signature->covered_size == 0) {
            return; /* covers nothing, and is invalid; so are all before it */
        }
        if (signature->covered_size < next_size) {
            look_at_step(pdf, signature->covered_size, next_size, &step);
        } else if (!is_last) {
            set_rule(&report->signatures[i + 1], RULE_PDF_SAME_COVERAGE);
            step.rule = RULE_PDF_SAME_COVERAGE;
        }
        steps[i] = step.changes.kinds;
        sum.kinds |= step.changes.kinds;
        if (step.rule == RULE_NONE && is_last) {
            step.rule = rule_of_end(signature, &step);
        }
        sum.broken = sum.broken != RULE_NONE ? sum.broken : step.rule;
        judge_one(signature, &step, &sum);
        sum.only_stamped = signature->is_timestamp && (is_last || sum.only_stamped);
        next_size = signature->covered_size;
    }
}
