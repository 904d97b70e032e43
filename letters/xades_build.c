#include <libxml/c14n.h>
#include <libxml/uri.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "letters/xades.h"
#include "letters/xml.h"

#define EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define ECDSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define PROPERTIES_TYPE "http://uri.etsi.org/01903#SignedProperties"
#define ID_SIZE 32

struct work {
    const struct xades_parts *parts;
    xmlNodePtr signature;
    xmlNodePtr signed_info;
    xmlNodePtr properties; /* SignedProperties */
    xmlNsPtr dsig;
    xmlNsPtr xades;
};

static bool add_base64(xmlNodePtr parent, xmlNsPtr name_space, const char *name,
                       const uint8_t *bytes, size_t size)
{
    char *text = base64_encode(bytes, size);
    bool ok = text != NULL && xml_add(parent, name_space, name, text) != NULL;
    free(text);
    return ok;
}

static bool add_method(xmlNodePtr parent, xmlNsPtr name_space, const char *name, const char *uri)
{
    return xml_set(xml_add(parent, name_space, name, NULL), "Algorithm", uri);
}

static bool add_digest(const struct work *work, xmlNodePtr parent,
                       const uint8_t digest[XADES_DIGEST_SIZE])
{
    return add_method(parent, work->dsig, "DigestMethod", SHA256) &&
           add_base64(parent, work->dsig, "DigestValue", digest, XADES_DIGEST_SIZE);
}

static const char *signature_method(const X509 *signer)
{
    switch (EVP_PKEY_get_base_id(X509_get0_pubkey(signer))) {
    case EVP_PKEY_RSA:
        return RSA_SHA256;
    case EVP_PKEY_EC:
        return ECDSA_SHA256;
    default:
        return NULL;
    }
}

static bool add_file_reference(const struct work *work, size_t index)
{
    const struct xades_file *file = &work->parts->files[index];
    char id[ID_SIZE];
    snprintf(id, sizeof id, "S0-R%zu", index);
    xmlChar *uri = xmlURIEscapeStr((const xmlChar *)file->name, (const xmlChar *)"/");
    xmlNodePtr reference = xml_add(work->signed_info, work->dsig, "Reference", NULL);
    bool ok = uri != NULL && xml_set(reference, "Id", id) &&
              xml_set(reference, "URI", (const char *)uri) &&
              add_digest(work, reference, file->digest);
    xmlFree(uri);
    return ok;
}

static bool add_format(const struct work *work, xmlNodePtr parent, size_t index)
{
    char id[ID_SIZE];
    snprintf(id, sizeof id, "#S0-R%zu", index);
    xmlNodePtr format = xml_add(parent, work->xades, "DataObjectFormat", NULL);
    return xml_set(format, "ObjectReference", id) &&
           xml_add(format, work->xades, "MimeType", work->parts->files[index].media_type) != NULL;
}

static bool add_certificate_digest(const struct work *work, xmlNodePtr parent)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    xmlNodePtr list = xml_add(parent, work->xades, "SigningCertificateV2", NULL);
    xmlNodePtr certificate = xml_add(list, work->xades, "Cert", NULL);
    xmlNodePtr value = xml_add(certificate, work->xades, "CertDigest", NULL);
    return value != NULL && X509_digest(work->parts->signer, EVP_sha256(), digest, NULL) == 1 &&
           add_digest(work, value, digest);
}

static bool add_properties(struct work *work)
{
    char time[sizeof "2026-11-23T08:00:00Z"];
    struct tm utc;
    xmlNodePtr object = xml_add(work->signature, work->dsig, "Object", NULL);
    xmlNodePtr qualifying =
        object != NULL ? xmlNewChild(object, NULL, (const xmlChar *)"QualifyingProperties", NULL)
                       : NULL;
    if (qualifying == NULL) {
        return false;
    }
    work->xades = xmlNewNs(qualifying, (const xmlChar *)XML_XADES, (const xmlChar *)"xades");
    xmlSetNs(qualifying, work->xades);
    work->properties = xml_add(qualifying, work->xades, "SignedProperties", NULL);
    xmlNodePtr of_signature =
        xml_add(work->properties, work->xades, "SignedSignatureProperties", NULL);
    bool ok = xml_set(qualifying, "Target", "#S0") && xml_set(work->properties, "Id", "S0-P") &&
              gmtime_r(&work->parts->at, &utc) != NULL &&
              strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc) == sizeof time - 1 &&
              xml_add(of_signature, work->xades, "SigningTime", time) != NULL &&
              add_certificate_digest(work, of_signature);
    xmlNodePtr of_files =
        xml_add(work->properties, work->xades, "SignedDataObjectProperties", NULL);
    for (size_t i = 0; ok && i < work->parts->count; i++) {
        ok = add_format(work, of_files, i);
    }
    return ok;
}

/* Once the properties are in their place, as their canonical form depends on it. */
static bool add_properties_reference(const struct work *work)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t size;
    xmlChar *canonical = xml_canonical(work->properties, XML_C14N_EXCLUSIVE_1_0, &size);
    bool ok =
        canonical != NULL && EVP_Digest(canonical, size, digest, NULL, EVP_sha256(), NULL) == 1;
    xmlFree(canonical);
    xmlNodePtr reference = xml_add(work->signed_info, work->dsig, "Reference", NULL);
    return ok && xml_set(reference, "Type", PROPERTIES_TYPE) &&
           xml_set(reference, "URI", "#S0-P") &&
           add_method(xml_add(reference, work->dsig, "Transforms", NULL), work->dsig, "Transform",
                      EXCLUSIVE) &&
           add_digest(work, reference, digest);
}

static bool add_certificate(const struct work *work, xmlNodePtr parent, X509 *certificate)
{
    uint8_t *der = NULL;
    int size = i2d_X509(certificate, &der);
    bool ok = size > 0 && add_base64(parent, work->dsig, "X509Certificate", der, (size_t)size);
    OPENSSL_free(der);
    return ok;
}

static bool add_key_info(const struct work *work)
{
    const struct xades_parts *parts = work->parts;
    xmlNodePtr info = xml_add(work->signature, work->dsig, "KeyInfo", NULL);
    xmlNodePtr data = xml_add(info, work->dsig, "X509Data", NULL);
    bool ok = add_certificate(work, data, parts->signer);
    for (int i = 0; ok && i < sk_X509_num(parts->chain); i++) {
        X509 *certificate = sk_X509_value(parts->chain, i);
        ok = X509_cmp(certificate, parts->signer) == 0 || add_certificate(work, data, certificate);
    }
    return ok;
}

static bool add_signature(struct work *work, xmlNodePtr root)
{
    const char *method = signature_method(work->parts->signer);
    work->signature = xmlNewChild(root, NULL, (const xmlChar *)"Signature", NULL);
    if (work->signature == NULL || method == NULL) {
        return false;
    }
    work->dsig = xmlNewNs(work->signature, (const xmlChar *)XML_DSIG, (const xmlChar *)"ds");
    xmlSetNs(work->signature, work->dsig);
    work->signed_info = xml_add(work->signature, work->dsig, "SignedInfo", NULL);
    bool ok = xml_set(work->signature, "Id", "S0") &&
              add_method(work->signed_info, work->dsig, "CanonicalizationMethod", EXCLUSIVE) &&
              add_method(work->signed_info, work->dsig, "SignatureMethod", method);
    for (size_t i = 0; ok && i < work->parts->count; i++) {
        ok = add_file_reference(work, i);
    }
    return ok && xml_add(work->signature, work->dsig, "SignatureValue", NULL) != NULL &&
           add_key_info(work) && add_properties(work) && add_properties_reference(work);
}

xmlDocPtr xades_begin(const struct xades_parts *parts)
{
    struct work work = {.parts = parts};
    xmlDocPtr document = xmlNewDoc((const xmlChar *)"1.0");
    xmlNodePtr root = document != NULL
                          ? xmlNewDocNode(document, NULL, (const xmlChar *)"XAdESSignatures", NULL)
                          : NULL;
    bool ok = root != NULL;
    if (ok) {
        xmlDocSetRootElement(document, root);
        xmlSetNs(root, xmlNewNs(root, (const xmlChar *)XML_ASIC, (const xmlChar *)"asic"));
        ok = add_signature(&work, root);
    }
    if (!ok) {
        xmlFreeDoc(document);
        document = NULL;
    }
    return document;
}

static xmlNodePtr part_of(xmlDocPtr document, const char *name)
{
    xmlNodePtr signature = xml_only(xmlDocGetRootElement(document), XML_DSIG, "Signature");
    return xml_only(signature, XML_DSIG, name);
}

bool xades_to_be_signed(xmlDocPtr document, uint8_t **bytes, size_t *size)
{
    xmlChar *canonical =
        xml_canonical(part_of(document, "SignedInfo"), XML_C14N_EXCLUSIVE_1_0, size);
    *bytes = canonical;
    return canonical != NULL;
}

/* ECDSA's two numbers side by side, each of the curve's size; to be free()d. */
static uint8_t *raw_of(const X509 *signer, const uint8_t *signature, size_t size, size_t *raw_size)
{
    const uint8_t *next = signature;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &next, (long)size);
    int half = (EVP_PKEY_get_bits(X509_get0_pubkey(signer)) + 7) / 8;
    uint8_t *raw = numbers != NULL && half > 0 ? malloc(2 * (size_t)half) : NULL;
    if (raw != NULL && (BN_bn2binpad(ECDSA_SIG_get0_r(numbers), raw, half) != half ||
                        BN_bn2binpad(ECDSA_SIG_get0_s(numbers), raw + half, half) != half)) {
        free(raw);
        raw = NULL;
    }
    ECDSA_SIG_free(numbers);
    ERR_clear_error();
    *raw_size = 2 * (size_t)half;
    return raw;
}

static char *text_of_signature(const X509 *signer, const uint8_t *signature, size_t size)
{
    if (EVP_PKEY_get_base_id(X509_get0_pubkey(signer)) != EVP_PKEY_EC) {
        return base64_encode(signature, size);
    }
    size_t raw_size;
    uint8_t *raw = raw_of(signer, signature, size, &raw_size);
    char *text = raw != NULL ? base64_encode(raw, raw_size) : NULL;
    free(raw);
    return text;
}

bool xades_complete(xmlDocPtr document, const X509 *signer, const uint8_t *signature,
                    size_t signature_size, uint8_t **xml, size_t *size)
{
    char *text = text_of_signature(signer, signature, signature_size);
    if (text == NULL) {
        return false;
    }
    xmlNodeSetContent(part_of(document, "SignatureValue"), (const xmlChar *)text);
    free(text);
    xmlChar *bytes = NULL;
    int length = 0;
    xmlDocDumpMemoryEnc(document, &bytes, &length, "UTF-8");
    if (bytes == NULL || length <= 0) {
        return false;
    }
    *xml = bytes;
    *size = (size_t)length;
    return true;
}
