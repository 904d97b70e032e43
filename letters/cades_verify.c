#include "letters/cades.h"
#include "letters/file_digest.h"
#include "letters/mapping.h"
#include "letters/signer.h"

struct verification {
    int file;
    const struct trust *trust;
    time_t at;
    struct cades_report *report;
};

/* Exactly one of the file and the content inside is there. */
static enum status digest_content(const struct verification *verification,
                                  const struct cms_signature *signature, uint8_t *digest)
{
    const ASN1_OCTET_STRING *content = cms_signature_content(signature);
    if (content == NULL) {
        return file_digest(verification->file, signature->hash, digest);
    }
    return EVP_Digest(ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content), digest,
                      NULL, signature->hash, NULL) == 1
               ? STATUS_OK
               : STATUS_INTERNAL;
}

static enum rule check_signer(const struct verification *verification,
                              const struct cms_signature *signature)
{
    struct cades_report *report = verification->report;
    cms_check_stamps(signature, verification->trust, verification->at, &report->stamps);
    bool is_proven = report->stamps.count > 0 && report->stamps.rule == RULE_NONE;
    bool is_known;
    const struct signer_question question = {
        .trust = verification->trust,
        .certificate = signature->certificate,
        .others = signature->others,
        .is_proven = is_proven,
        .at = is_proven ? report->stamps.best.at : verification->at,
        .now = verification->at,
    };
    return signer_check(&question, &is_known);
}

static enum status check(const struct verification *verification,
                         const struct cms_signature *signature, struct detail *detail)
{
    struct cades_report *report = verification->report;
    uint8_t digest[EVP_MAX_MD_SIZE];
    report->is_enclosed = cms_signature_content(signature) != NULL;
    report->has_signer = subject_read(signature->certificate, &report->signer);
    report->has_claimed_time = cms_signature_time(signature, &report->claimed_time);
    if (report->is_enclosed == (verification->file >= 0)) {
        report->rule = RULE_CMS_SHAPE;
        return rule_status(report->rule, detail);
    }
    enum status status = digest_content(verification, signature, digest);
    if (status != STATUS_OK) {
        report->rule = RULE_INTERNAL;
        return status;
    }
    report->rule =
        report->has_signer ? cms_signature_check(signature, digest) : RULE_SIGNER_UNNAMED;
    if (report->rule == RULE_NONE) {
        report->rule = check_signer(verification, signature);
    }
    return rule_status(report->rule, detail);
}

static enum status verify(const struct verification *verification, const struct mapping *bytes,
                          struct detail *detail)
{
    struct cms_signature signature;
    enum rule rule = cms_signature_read(CMS_OF_FILE, bytes->bytes, bytes->size, &signature);
    if (rule != RULE_NONE) {
        verification->report->rule = rule;
        return rule_status(rule, detail);
    }
    enum status status = check(verification, &signature, detail);
    cms_signature_free(&signature);
    return status;
}

enum status cades_verify(int signature, int file, const struct trust *trust, time_t at,
                         struct cades_report *report, struct detail *detail)
{
    struct mapping bytes;
    *detail = (struct detail){0};
    *report = (struct cades_report){.rule = RULE_CMS_UNREADABLE};
    const struct verification verification = {
        .file = file, .trust = trust, .at = at, .report = report};
    enum status status = mapping_open(signature, &bytes);
    if (status != STATUS_OK) {
        return status;
    }
    status = bytes.size <= CADES_SIGNATURE_MAX ? verify(&verification, &bytes, detail)
                                               : STATUS_DOCUMENT_TOO_LARGE;
    mapping_close(&bytes);
    return status;
}
