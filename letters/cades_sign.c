#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "letters/cades.h"
#include "letters/file_digest.h"
#include "letters/mapping.h"

struct cades {
    int file; /* the caller's */
    bool enclosed;
    time_t at;
    uint8_t digest[EVP_MAX_MD_SIZE];
    CMS_ContentInfo *cms; /* once attributes were asked for */
};

void cades_free(struct cades **cades)
{
    if (cades != NULL && *cades != NULL) {
        CMS_ContentInfo_free((*cades)->cms);
        free(*cades);
        *cades = NULL;
    }
}

static enum status check_size(int file, bool enclosed, struct detail *detail)
{
    struct mapping content;
    if (!enclosed) {
        return STATUS_OK;
    }
    enum status status = mapping_open(file, &content);
    if (status != STATUS_OK) {
        return refuse(detail, status, "the file is empty, too large or cannot be read");
    }
    if (content.size > CADES_ENCLOSED_MAX) {
        status = refuse(detail, STATUS_DOCUMENT_TOO_LARGE,
                        "over %zu bytes are signed beside the signature only", CADES_ENCLOSED_MAX);
    }
    mapping_close(&content);
    return status;
}

enum status cades_prepare(int file, bool enclosed, time_t at, struct cades **cades,
                          struct detail *detail)
{
    *detail = (struct detail){0};
    enum status status = check_size(file, enclosed, detail);
    if (status != STATUS_OK) {
        return status;
    }
    struct cades *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return STATUS_INTERNAL;
    }
    *made = (struct cades){.file = file, .enclosed = enclosed, .at = at};
    status = file_digest(file, EVP_sha256(), made->digest);
    if (status != STATUS_OK) {
        cades_free(&made);
        return status;
    }
    *cades = made;
    return STATUS_OK;
}

static enum status check_unchanged(const struct cades *cades, struct detail *detail)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    enum status status = file_digest(cades->file, EVP_sha256(), digest);
    if (status == STATUS_OK && memcmp(digest, cades->digest, CMS_DIGEST_SIZE) != 0) {
        status = refuse(detail, STATUS_DOCUMENT_DAMAGED, "the file was changed");
    }
    return status;
}

/* The content inside is copied from the file as it is now; that it still is what was digested, the
 * check of the result will tell. */
static CMS_ContentInfo *begin(const struct cades *cades, X509 *signer, STACK_OF(X509) * chain)
{
    struct mapping content = {0};
    if (cades->enclosed && mapping_open(cades->file, &content) != STATUS_OK) {
        return NULL;
    }
    const struct cms_parts parts = {
        .kind = CMS_OF_FILE,
        .signer = signer,
        .chain = chain,
        .digest = cades->digest,
        .at = cades->at,
        .content = content.bytes,
        .content_size = content.size,
    };
    CMS_ContentInfo *cms = cms_begin(&parts);
    mapping_close(&content);
    return cms;
}

enum status cades_attributes(struct cades *cades, X509 *signer, STACK_OF(X509) * chain,
                             uint8_t **to_be_signed, size_t *size, struct detail *detail)
{
    *detail = (struct detail){0};
    enum status status = check_unchanged(cades, detail);
    if (status != STATUS_OK) {
        return status;
    }
    CMS_ContentInfo *cms = begin(cades, signer, chain);
    if (cms == NULL || !cms_attributes(cms, to_be_signed, size)) {
        CMS_ContentInfo_free(cms);
        return refuse(detail, STATUS_BAD_REQUEST, "certificate: no signature can be made with it");
    }
    CMS_ContentInfo_free(cades->cms);
    cades->cms = cms;
    return STATUS_OK;
}

static bool digest_of_content(const struct cms_signature *signature, uint8_t *digest)
{
    const ASN1_OCTET_STRING *content = cms_signature_content(signature);
    return content != NULL &&
           EVP_Digest(ASN1_STRING_get0_data(content), (size_t)ASN1_STRING_length(content), digest,
                      NULL, signature->hash, NULL) == 1;
}

static enum rule check_result(const struct cades *cades, const uint8_t *der, size_t size)
{
    struct cms_signature signature;
    uint8_t digest[EVP_MAX_MD_SIZE];
    enum rule rule = cms_signature_read(CMS_OF_FILE, der, size, &signature);
    if (rule != RULE_NONE) {
        return rule;
    }
    memcpy(digest, cades->digest, sizeof digest);
    if (cades->enclosed && !digest_of_content(&signature, digest)) {
        rule = RULE_INTERNAL;
    } else {
        rule = cms_signature_check(&signature, digest);
    }
    cms_signature_free(&signature);
    return rule;
}

enum status cades_finish(struct cades *cades, const uint8_t *signature, size_t signature_size,
                         uint8_t **der, size_t *size, struct detail *detail)
{
    *detail = (struct detail){0};
    uint8_t *made = NULL;
    size_t made_size;
    if (cades->cms == NULL ||
        !cms_complete(cades->cms, signature, signature_size, &made, &made_size)) {
        ERR_clear_error();
        return refuse(detail, STATUS_BAD_REQUEST, "signature: not of a signature's size");
    }
    enum status status = check_unchanged(cades, detail);
    if (status == STATUS_OK) {
        status = rule_status(check_result(cades, made, made_size), detail);
    }
    if (status != STATUS_OK) {
        OPENSSL_free(made);
        return status;
    }
    *der = made;
    *size = made_size;
    return STATUS_OK;
}
