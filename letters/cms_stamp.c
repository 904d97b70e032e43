#include "letters/cms_stamp.h"

static bool digest_of_value(const void *data, const EVP_MD *hash, uint8_t *digest)
{
    const ASN1_OCTET_STRING *value = cms_signature_value(data);
    return EVP_Digest(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), digest, NULL,
                      hash, NULL) == 1;
}

static enum status fetch_token(const struct cms_signature *signature, const struct fetcher *fetcher,
                               const struct timestamp_authorities *authorities,
                               const struct trust *trust, time_t now, uint8_t **token, size_t *size,
                               struct detail *detail)
{
    uint8_t imprint[EVP_MAX_MD_SIZE];
    if (!digest_of_value(signature, EVP_sha256(), imprint)) {
        return STATUS_INTERNAL;
    }
    return timestamp_fetch(fetcher, authorities, trust, imprint, now, token, size, detail);
}

enum status cms_stamp(enum cms_kind kind, const uint8_t *cms, size_t cms_size,
                      const struct fetcher *fetcher,
                      const struct timestamp_authorities *authorities, const struct trust *trust,
                      time_t now, uint8_t **der, size_t *size, struct detail *detail)
{
    struct cms_signature signature;
    uint8_t *token = NULL;
    size_t token_size = 0;
    enum rule rule = cms_signature_read(kind, cms, cms_size, &signature);
    if (rule != RULE_NONE) {
        return rule_status(rule, detail);
    }
    enum status status =
        fetch_token(&signature, fetcher, authorities, trust, now, &token, &token_size, detail);
    cms_signature_free(&signature);
    if (status == STATUS_OK && !cms_add_timestamp(cms, cms_size, token, token_size, der, size)) {
        status = STATUS_INTERNAL;
    }
    OPENSSL_free(token);
    return status;
}

void cms_check_stamps(const struct cms_signature *signature, const struct trust *trust, time_t now,
                      struct cms_stamps *stamps)
{
    const uint8_t *token;
    size_t size;
    *stamps = (struct cms_stamps){.count = 0};
    bool is_proven = false;
    while (stamps->count < CMS_STAMPS_MAX &&
           cms_signature_timestamp(signature, (int)stamps->count, &token, &size)) {
        struct timestamp found;
        enum rule rule =
            timestamp_check(trust, token, size, digest_of_value, signature, now, &found);
        if (rule == RULE_NONE && (!is_proven || found.at < stamps->best.at)) {
            stamps->best = found;
        }
        is_proven = is_proven || rule == RULE_NONE;
        stamps->rule = is_proven ? RULE_NONE : rule;
        stamps->count++;
    }
}
