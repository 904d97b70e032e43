#include <stdlib.h>
#include <string.h>

#include "letters/asice.h"
#include "letters/asice_name.h"
#include "letters/file_digest.h"
#include "letters/xades.h"
#include "letters/xml.h"
#include "letters/zip_write.h"

#define MANIFEST "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
#define SIGNATURE_NAME "META-INF/signatures0.xml"
#define MANIFEST_NAME "META-INF/manifest.xml"

struct asice {
    const struct asice_file *files; /* the caller's, as many as signed */
    size_t count;
    time_t at;
    struct xades_file *signed_files;
    X509 *signer;       /* once attributes were asked for */
    xmlDocPtr document; /* the same */
};

void asice_free(struct asice **asice)
{
    if (asice != NULL && *asice != NULL) {
        xmlFreeDoc((*asice)->document);
        X509_free((*asice)->signer);
        free((*asice)->signed_files);
        free(*asice);
        *asice = NULL;
    }
}

static bool names_are_allowed(const struct asice_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!asice_name_is_allowed(files[i].name)) {
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(files[k].name, files[i].name) == 0) {
                return false;
            }
        }
    }
    return count > 0 && count <= ASICE_FILES_MAX;
}

static enum status digest_files(struct asice *asice)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < asice->count && status == STATUS_OK; i++) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        asice->signed_files[i].name = asice->files[i].name;
        asice->signed_files[i].media_type = asice->files[i].media_type;
        status = file_digest(asice->files[i].fd, EVP_sha256(), digest);
        if (status == STATUS_OK) {
            memcpy(asice->signed_files[i].digest, digest, XADES_DIGEST_SIZE);
        }
    }
    return status;
}

enum status asice_prepare(const struct asice_file *files, size_t count, time_t at,
                          struct asice **asice, struct detail *detail)
{
    *detail = (struct detail){0};
    if (!names_are_allowed(files, count)) {
        return refuse(detail, STATUS_BAD_REQUEST,
                      "files: 1 to %d, each with a name of its own that can be unpacked anywhere",
                      ASICE_FILES_MAX);
    }
    struct asice *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return STATUS_INTERNAL;
    }
    *made = (struct asice){.files = files,
                           .count = count,
                           .at = at,
                           .signed_files = calloc(count, sizeof *made->signed_files)};
    enum status status = made->signed_files != NULL ? digest_files(made) : STATUS_INTERNAL;
    if (status != STATUS_OK) {
        asice_free(&made);
        return status;
    }
    *asice = made;
    return STATUS_OK;
}

static uint8_t *copy_of(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
    }
    return copy;
}

enum status asice_attributes(struct asice *asice, X509 *signer, STACK_OF(X509) * chain,
                             uint8_t **to_be_signed, size_t *size, struct detail *detail)
{
    const struct xades_parts parts = {
        .files = asice->signed_files,
        .count = asice->count,
        .signer = signer,
        .chain = chain,
        .at = asice->at,
    };
    uint8_t *bytes = NULL;
    *detail = (struct detail){0};
    xmlDocPtr document = xades_begin(&parts);
    if (document == NULL || !xades_to_be_signed(document, &bytes, size) ||
        X509_up_ref(signer) != 1) {
        xmlFree(bytes);
        xmlFreeDoc(document);
        return refuse(detail, STATUS_BAD_REQUEST, "certificate: no signature can be made with it");
    }
    xmlFreeDoc(asice->document);
    X509_free(asice->signer);
    asice->document = document;
    asice->signer = signer;
    *to_be_signed = copy_of(bytes, *size);
    xmlFree(bytes);
    return *to_be_signed != NULL ? STATUS_OK : STATUS_INTERNAL;
}

static bool add_manifest_entry(xmlNodePtr root, const char *path, const char *media_type)
{
    xmlNodePtr entry = xml_add(root, root->ns, "file-entry", NULL);
    return entry != NULL &&
           xmlNewNsProp(entry, root->ns, (const xmlChar *)"full-path", (const xmlChar *)path) !=
               NULL &&
           xmlNewNsProp(entry, root->ns, (const xmlChar *)"media-type",
                        (const xmlChar *)media_type) != NULL;
}

static bool fill_manifest(const struct asice *asice, xmlDocPtr document)
{
    xmlNodePtr root = xmlNewDocNode(document, NULL, (const xmlChar *)"manifest", NULL);
    if (root == NULL) {
        return false;
    }
    xmlDocSetRootElement(document, root);
    xmlSetNs(root, xmlNewNs(root, (const xmlChar *)MANIFEST, (const xmlChar *)"manifest"));
    bool ok =
        xmlNewNsProp(root, root->ns, (const xmlChar *)"version", (const xmlChar *)"1.2") != NULL &&
        add_manifest_entry(root, "/", ASICE_MEDIA_TYPE);
    for (size_t i = 0; ok && i < asice->count; i++) {
        ok = add_manifest_entry(root, asice->files[i].name, asice->files[i].media_type);
    }
    return ok;
}

static enum status write_manifest(const struct asice *asice, struct zip_write *zip)
{
    xmlDocPtr document = xmlNewDoc((const xmlChar *)"1.0");
    xmlChar *bytes = NULL;
    int size = 0;
    if (document != NULL && fill_manifest(asice, document)) {
        xmlDocDumpMemoryEnc(document, &bytes, &size, "UTF-8");
    }
    enum status status = bytes != NULL && size > 0
                             ? zip_write_bytes(zip, MANIFEST_NAME, bytes, (size_t)size)
                             : STATUS_INTERNAL;
    xmlFree(bytes);
    xmlFreeDoc(document);
    return status;
}

static enum status write_signature(const struct asice *asice, const uint8_t *signature,
                                   size_t signature_size, struct zip_write *zip)
{
    uint8_t *xml = NULL;
    size_t size;
    if (!xades_complete(asice->document, asice->signer, signature, signature_size, &xml, &size)) {
        return STATUS_SIGNATURE_INVALID;
    }
    enum status status = zip_write_bytes(zip, SIGNATURE_NAME, xml, size);
    xmlFree(xml);
    return status;
}

static enum status write_all(const struct asice *asice, const uint8_t *signature, size_t size,
                             struct zip_write *zip)
{
    enum status status =
        zip_write_bytes(zip, "mimetype", ASICE_MEDIA_TYPE, strlen(ASICE_MEDIA_TYPE));
    for (size_t i = 0; i < asice->count && status == STATUS_OK; i++) {
        status = zip_write_file(zip, asice->files[i].name, asice->files[i].fd);
    }
    if (status == STATUS_OK) {
        status = write_manifest(asice, zip);
    }
    if (status == STATUS_OK) {
        status = write_signature(asice, signature, size, zip);
    }
    return status == STATUS_OK ? zip_write_end(zip) : status;
}

static enum status check_result(int output, struct detail *detail)
{
    struct asice_report *report = calloc(1, sizeof *report);
    enum status status =
        report != NULL ? asice_verify(output, NULL, 0, report, detail) : STATUS_INTERNAL;
    free(report);
    return status;
}

enum status asice_finish(struct asice *asice, const uint8_t *signature, size_t size, int output,
                         struct detail *detail)
{
    struct zip_write zip;
    *detail = (struct detail){0};
    if (asice->document == NULL || size == 0) {
        return refuse(detail, STATUS_BAD_REQUEST, "signature: not of a signature's size");
    }
    zip_write_begin(&zip, output, asice->at);
    enum status status = write_all(asice, signature, size, &zip);
    zip_write_free(&zip);
    return status == STATUS_OK ? check_result(output, detail) : status;
}
