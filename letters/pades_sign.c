#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "letters/byte_range.h"
#include "letters/cms.h"
#include "letters/file_write.h"
#include "letters/pades.h"
#include "letters/pdf.h"
#include "letters/pdf_policy.h"
#include "letters/pdf_update.h"
#include "letters/pdf_xref.h"

struct pades {
    int prepared; /* the caller's */
    struct byte_range range;
    CMS_ContentInfo *cms; /* once attributes were asked for */
    struct pades_facts facts;
};

void pades_free(struct pades **pades)
{
    if (pades != NULL && *pades != NULL) {
        CMS_ContentInfo_free((*pades)->cms);
        free(*pades);
        *pades = NULL;
    }
}

const struct pades_facts *pades_facts(const struct pades *pades)
{
    return &pades->facts;
}

static enum status write_prepared(int fd, const struct mapping *original,
                                  const struct pdf_update *update, struct detail *detail)
{
    struct stat file;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_size != 0) {
        return refuse(detail, STATUS_INTERNAL, "the file for the prepared document is not empty");
    }
    enum status status = file_write_at(fd, 0, original->bytes, original->size);
    if (status == STATUS_OK) {
        status = file_write_at(fd, original->size, update->tail.bytes, update->tail.size);
    }
    return status == STATUS_OK ? status
                               : refuse(detail, status, "the prepared document cannot be written");
}

/* Always of the file itself, as it lies there now. */
static enum status digest_prepared(const struct pades *pades, uint8_t digest[EVP_MAX_MD_SIZE])
{
    struct mapping file;
    enum status status = mapping_open(pades->prepared, &file);
    if (status != STATUS_OK) {
        return status;
    }
    if (file.size != pades->range.end) {
        status = STATUS_DOCUMENT_DAMAGED;
    } else if (!byte_range_digest(&pades->range, file.bytes, EVP_sha256(), digest)) {
        status = STATUS_INTERNAL;
    }
    mapping_close(&file);
    return status;
}

static enum status check_unchanged(const struct pades *pades, struct detail *detail)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    enum status status = digest_prepared(pades, digest);
    if (status == STATUS_OK && memcmp(digest, pades->facts.digest, PADES_DIGEST_SIZE) == 0) {
        return STATUS_OK;
    }
    return refuse(detail, status == STATUS_OK ? STATUS_DOCUMENT_DAMAGED : status,
                  "the prepared document was changed");
}

static enum status build_update(const struct mapping *original, time_t at, struct pades *pades,
                                struct pdf_update *update, struct detail *detail)
{
    struct pdf pdf;
    enum status status = pdf_open(original->bytes, original->size, &pdf, detail);
    if (status != STATUS_OK) {
        return status;
    }
    pades->facts.pages = pdf.pages;
    status = pdf_check_policy(&pdf, &pades->facts, detail);
    if (status == STATUS_OK) {
        status = pdf_update_build(&pdf, PDF_UPDATE_SIGNATURE, at, update, detail);
    }
    pdf_close(&pdf);
    return status;
}

static enum status prepare(const struct mapping *original, time_t at, struct pades *pades,
                           struct detail *detail)
{
    struct pdf_update update;
    enum status status = build_update(original, at, pades, &update, detail);
    if (status != STATUS_OK) {
        return status;
    }
    pades->range = update.range;
    pades->facts.size = update.range.end;
    status = write_prepared(pades->prepared, original, &update, detail);
    pdf_update_free(&update);
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (status == STATUS_OK) {
        status = digest_prepared(pades, digest);
    }
    if (status == STATUS_OK) {
        memcpy(pades->facts.digest, digest, sizeof pades->facts.digest);
    }
    return status;
}

enum status pades_prepare(int original, int prepared, time_t at, struct pades **pades,
                          struct detail *detail)
{
    struct mapping file;
    *detail = (struct detail){0};
    struct pades *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return STATUS_INTERNAL;
    }
    made->prepared = prepared;
    enum status status = mapping_open(original, &file);
    if (status == STATUS_OK) {
        status = prepare(&file, at, made, detail);
        mapping_close(&file);
    }
    if (status == STATUS_OK) {
        *pades = made;
        made = NULL;
    }
    pades_free(&made);
    return status;
}

enum status pades_attributes(struct pades *pades, X509 *signer, STACK_OF(X509) * chain,
                             uint8_t **to_be_signed, size_t *size, struct detail *detail)
{
    *detail = (struct detail){0};
    enum status status = check_unchanged(pades, detail);
    if (status != STATUS_OK) {
        return status;
    }
    const struct cms_parts parts = {
        .kind = CMS_OF_PDF, .signer = signer, .chain = chain, .digest = pades->facts.digest};
    CMS_ContentInfo *cms = cms_begin(&parts);
    if (cms == NULL || !cms_attributes(cms, to_be_signed, size)) {
        CMS_ContentInfo_free(cms);
        return refuse(detail, STATUS_BAD_REQUEST, "certificate: no signature can be made with it");
    }
    CMS_ContentInfo_free(pades->cms);
    pades->cms = cms;
    return STATUS_OK;
}

/* After encoding and decoding, because only then OpenSSL sees what others will. */
static enum status check_result(const struct pades *pades, const uint8_t *der, size_t size,
                                struct detail *detail)
{
    struct cms_signature signature;
    enum rule rule = cms_signature_read(CMS_OF_PDF, der, size, &signature);
    if (rule == RULE_NONE) {
        rule = cms_signature_check(&signature, pades->facts.digest);
        cms_signature_free(&signature);
    }
    return rule_status(rule, detail);
}

static enum status write_contents(const struct pades *pades, const uint8_t *der, size_t size,
                                  struct detail *detail)
{
    struct buffer hex;
    buffer_init(&hex, (size_t)2 * PDF_CONTENTS_SIZE);
    enum status status =
        put_hex(&hex, der, size)
            ? file_write_at(pades->prepared, pades->range.gap_at + 1, hex.bytes, hex.size)
            : refuse(detail, STATUS_BAD_REQUEST, "chain: too large for the document's signature");
    buffer_free(&hex);
    return status;
}

enum status pades_finish(struct pades *pades, const uint8_t *signature, size_t size,
                         struct detail *detail)
{
    *detail = (struct detail){0};
    uint8_t *der = NULL;
    size_t der_size;
    if (pades->cms == NULL || !cms_complete(pades->cms, signature, size, &der, &der_size)) {
        ERR_clear_error();
        return refuse(detail, STATUS_BAD_REQUEST, "signature: not of a signature's size");
    }
    enum status status = check_unchanged(pades, detail);
    if (status == STATUS_OK) {
        status = check_result(pades, der, der_size, detail);
    }
    if (status == STATUS_OK) {
        status = write_contents(pades, der, der_size, detail);
    }
    OPENSSL_free(der);
    return status;
}
