#include <libxml/c14n.h>
#include <libxml/uri.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "certs/certificate.h"
#include "certs/trust.h"
#include "letters/xades.h"
#include "letters/xml.h"

#define PROPERTIES_TYPE "http://uri.etsi.org/01903#SignedProperties"
#define IDS_MAX 4096

/* The parts of the one signature, lent by the document. */
struct parts {
    xmlNodePtr signature;
    xmlNodePtr signed_info;
    xmlNodePtr value;
    xmlNodePtr key_info;
    xmlNodePtr properties; /* SignedProperties */
};

static const EVP_MD *hash_of(const xmlNode *parent)
{
    static const struct {
        const char *uri;
        const char *name;
    } hashes[] = {
        {"http://www.w3.org/2001/04/xmlenc#sha256", "SHA256"},
        {"http://www.w3.org/2001/04/xmldsig-more#sha384", "SHA384"},
        {"http://www.w3.org/2001/04/xmlenc#sha512", "SHA512"},
    };
    const xmlNode *method = xml_only(parent, XML_DSIG, "DigestMethod");
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (xml_attribute_is(method, "Algorithm", hashes[i].uri)) {
            return EVP_get_digestbyname(hashes[i].name);
        }
    }
    return NULL;
}

/* A DigestMethod and a DigestValue of its size. */
static enum rule read_digest(const xmlNode *parent, const EVP_MD **hash,
                             uint8_t digest[EVP_MAX_MD_SIZE])
{
    size_t size = 0;
    *hash = hash_of(parent);
    if (*hash == NULL) {
        return RULE_XML_ALGORITHM;
    }
    uint8_t *value = xml_base64(xml_only(parent, XML_DSIG, "DigestValue"), &size);
    bool ok = value != NULL && size == (size_t)EVP_MD_get_size(*hash);
    if (ok) {
        memcpy(digest, value, size);
    }
    free(value);
    return ok ? RULE_NONE : RULE_XML_SHAPE;
}

/* XML signature wrapping lives on Ids that a verifier and an application find at two places. */
static bool add_ids(const xmlNode *node, char *ids[], size_t *count)
{
    static const char *const names[] = {"Id", "ID", "id"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *id = xml_attribute(node, names[i]);
        if (id != NULL && *count == IDS_MAX) {
            xmlFree(id);
            return false;
        }
        if (id != NULL) {
            ids[(*count)++] = id;
        }
    }
    return true;
}

static const xmlNode *following(const xmlNode *node, const xmlNode *root)
{
    if (xml_first(node) != NULL) {
        return xml_first(node);
    }
    while (node != root && xml_next(node) == NULL) {
        node = node->parent;
    }
    return node != root ? xml_next(node) : NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ids_differ(const xmlNode *root)
{
    size_t count = 0;
    char **ids = calloc(IDS_MAX, sizeof *ids);
    bool ok = ids != NULL;
    for (const xmlNode *node = root; ok && node != NULL; node = following(node, root)) {
        ok = add_ids(node, ids, &count);
    }
    if (ok) {
        qsort(ids, count, sizeof *ids, by_text);
    }
    for (size_t i = 1; ok && i < count; i++) {
        ok = strcmp(ids[i - 1], ids[i]) != 0;
    }
    for (size_t i = 0; i < count; i++) {
        xmlFree(ids[i]);
    }
    free(ids);
    return ok;
}

/* "#" and the Id of the node. */
static bool points_at(const xmlNode *from, const char *attribute, const xmlNode *to)
{
    char *target = xml_attribute(from, attribute);
    char *id = xml_attribute(to, "Id");
    bool does = target != NULL && id != NULL && id[0] != '\0' && target[0] == '#' &&
                strcmp(target + 1, id) == 0;
    xmlFree(id);
    xmlFree(target);
    return does;
}

static bool read_properties_place(struct parts *parts, xmlNodePtr object)
{
    xmlNodePtr qualifying = xml_first(object);
    if (!xml_is(object, XML_DSIG, "Object") || xml_next(object) != NULL ||
        !xml_is(qualifying, XML_XADES, "QualifyingProperties") || xml_next(qualifying) != NULL ||
        !points_at(qualifying, "Target", parts->signature)) {
        return false;
    }
    parts->properties = xml_only(qualifying, XML_XADES, "SignedProperties");
    return parts->properties != NULL;
}

/* Everything stands where the standard has it, once. */
static bool read_parts(const xmlNode *root, struct parts *parts)
{
    parts->signature = xml_first(root);
    if (!xml_is(root, XML_ASIC, "XAdESSignatures") ||
        !xml_is(parts->signature, XML_DSIG, "Signature") || xml_next(parts->signature) != NULL) {
        return false;
    }
    parts->signed_info = xml_first(parts->signature);
    parts->value = parts->signed_info != NULL ? xml_next(parts->signed_info) : NULL;
    parts->key_info = parts->value != NULL ? xml_next(parts->value) : NULL;
    xmlNodePtr object = parts->key_info != NULL ? xml_next(parts->key_info) : NULL;
    return xml_is(parts->signed_info, XML_DSIG, "SignedInfo") &&
           xml_is(parts->value, XML_DSIG, "SignatureValue") &&
           xml_is(parts->key_info, XML_DSIG, "KeyInfo") && read_properties_place(parts, object);
}

/* The one canonicalisation among a reference's transforms; the inclusive one where there is none
 * (XML Signature, 4.4.3.2). */
static bool read_transform(const xmlNode *reference, int *mode)
{
    const xmlNode *transforms = xml_first(reference);
    *mode = XML_C14N_1_0;
    if (!xml_is(transforms, XML_DSIG, "Transforms")) {
        return true;
    }
    const xmlNode *transform = xml_first(transforms);
    char *uri = xml_attribute(transform, "Algorithm");
    bool ok = xml_is(transform, XML_DSIG, "Transform") && xml_next(transform) == NULL &&
              xml_first(transform) == NULL && uri != NULL && xml_canonical_method(uri, mode);
    xmlFree(uri);
    return ok;
}

static enum rule check_properties(const struct parts *parts, const xmlNode *reference)
{
    const EVP_MD *hash;
    uint8_t expected[EVP_MAX_MD_SIZE];
    uint8_t digest[EVP_MAX_MD_SIZE];
    int mode;
    size_t size;
    if (!points_at(reference, "URI", parts->properties) || !read_transform(reference, &mode)) {
        return RULE_XML_REFERENCE;
    }
    enum rule rule = read_digest(reference, &hash, expected);
    if (rule != RULE_NONE) {
        return rule;
    }
    xmlChar *canonical = xml_canonical(parts->properties, mode, &size);
    bool same = canonical != NULL && EVP_Digest(canonical, size, digest, NULL, hash, NULL) == 1 &&
                memcmp(digest, expected, (size_t)EVP_MD_get_size(hash)) == 0;
    xmlFree(canonical);
    return same ? RULE_NONE : RULE_XML_PROPERTIES;
}

/* A relative name, without scheme, authority, query or fragment (RFC 3986, 4.2), and as it is. */
static enum rule add_reference(const xmlNode *reference, struct xades_signature *signature)
{
    char *uri = xml_attribute(reference, "URI");
    bool is_plain = uri != NULL && uri[0] != '\0' && uri[0] != '/' && strpbrk(uri, "#?:") == NULL &&
                    !xml_is(xml_first(reference), XML_DSIG, "Transforms");
    if (!is_plain || signature->count == XADES_REFERENCES_MAX) {
        xmlFree(uri);
        return RULE_XML_REFERENCE;
    }
    struct xades_reference *added = &signature->references[signature->count];
    char *name = xmlURIUnescapeString(uri, 0, NULL);
    xmlFree(uri);
    if (name == NULL) {
        return RULE_INTERNAL;
    }
    added->name = name;
    signature->count++;
    for (size_t i = 0; i + 1 < signature->count; i++) {
        if (strcmp(signature->references[i].name, name) == 0) {
            return RULE_XML_REFERENCE;
        }
    }
    return read_digest(reference, &added->hash, added->digest);
}

/* Of files, and exactly one of the properties. */
static enum rule read_references(const struct parts *parts, struct xades_signature *signature)
{
    const xmlNode *canonicalisation = xml_first(parts->signed_info);
    const xmlNode *method = canonicalisation != NULL ? xml_next(canonicalisation) : NULL;
    const xmlNode *reference = method != NULL ? xml_next(method) : NULL;
    size_t of_properties = 0;
    enum rule rule = RULE_NONE;
    if (!xml_is(canonicalisation, XML_DSIG, "CanonicalizationMethod") ||
        !xml_is(method, XML_DSIG, "SignatureMethod")) {
        return RULE_XML_SHAPE;
    }
    for (; rule == RULE_NONE && reference != NULL; reference = xml_next(reference)) {
        if (!xml_is(reference, XML_DSIG, "Reference")) {
            return RULE_XML_SHAPE;
        }
        if (xml_attribute_is(reference, "Type", PROPERTIES_TYPE)) {
            of_properties++;
            rule = check_properties(parts, reference);
        } else {
            rule = add_reference(reference, signature);
        }
    }
    if (rule != RULE_NONE) {
        return rule;
    }
    return of_properties == 1 && signature->count > 0 ? RULE_NONE : RULE_XML_REFERENCE;
}

static bool read_certificates(const struct parts *parts, struct xades_signature *signature)
{
    const xmlNode *data = xml_only(parts->key_info, XML_DSIG, "X509Data");
    signature->others = sk_X509_new_null();
    bool ok = data != NULL && signature->others != NULL;
    for (const xmlNode *node = xml_first(data); ok && node != NULL; node = xml_next(node)) {
        size_t size = 0;
        if (!xml_is(node, XML_DSIG, "X509Certificate")) {
            continue;
        }
        uint8_t *der = xml_base64(node, &size);
        X509 *certificate = der != NULL ? certificate_from_der(der, size) : NULL;
        free(der);
        ok = certificate != NULL && sk_X509_num(signature->others) < TRUST_OTHERS_MAX &&
             sk_X509_push(signature->others, certificate) > 0;
        if (!ok) {
            X509_free(certificate);
        }
    }
    return ok;
}

/* The certificate that the signed properties name, whatever KeyInfo, which nobody signed, says. */
static enum rule find_certificate(const struct parts *parts, struct xades_signature *signature)
{
    const xmlNode *of_signature =
        xml_only(parts->properties, XML_XADES, "SignedSignatureProperties");
    const xmlNode *list = xml_only(of_signature, XML_XADES, "SigningCertificateV2");
    const xmlNode *named = xml_only(xml_first(list), XML_XADES, "CertDigest");
    const EVP_MD *hash;
    uint8_t expected[EVP_MAX_MD_SIZE];
    uint8_t digest[EVP_MAX_MD_SIZE];
    enum rule rule = named != NULL ? read_digest(named, &hash, expected) : RULE_XML_CERTIFICATE;
    if (rule != RULE_NONE) {
        return rule;
    }
    for (int i = 0; i < sk_X509_num(signature->others); i++) {
        X509 *certificate = sk_X509_value(signature->others, i);
        if (X509_digest(certificate, hash, digest, NULL) == 1 &&
            memcmp(digest, expected, (size_t)EVP_MD_get_size(hash)) == 0 &&
            X509_up_ref(certificate) == 1) {
            signature->certificate = certificate;
            return RULE_NONE;
        }
    }
    return RULE_XML_CERTIFICATE;
}

static bool read_time(const struct parts *parts, struct xades_signature *signature)
{
    xmlNodePtr node = xml_only(xml_only(parts->properties, XML_XADES, "SignedSignatureProperties"),
                               XML_XADES, "SigningTime");
    char *text = node != NULL ? (char *)xmlNodeGetContent(node) : NULL;
    struct tm utc = {0};
    const char *end = text != NULL ? strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc) : NULL;
    signature->has_claimed_time = end != NULL && *end == '\0';
    signature->claimed_time = signature->has_claimed_time ? timegm(&utc) : 0;
    xmlFree(text);
    return node != NULL;
}

struct method {
    const char *uri;
    int key; /* EVP_PKEY_* */
    const char *hash;
};

static const struct method *find_method(const struct parts *parts)
{
    static const struct method methods[] = {
        {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", EVP_PKEY_RSA, "SHA256"},
        {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", EVP_PKEY_RSA, "SHA384"},
        {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", EVP_PKEY_RSA, "SHA512"},
        {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", EVP_PKEY_EC, "SHA256"},
        {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", EVP_PKEY_EC, "SHA384"},
        {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", EVP_PKEY_EC, "SHA512"},
    };
    const xmlNode *node = xml_only(parts->signed_info, XML_DSIG, "SignatureMethod");
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (xml_attribute_is(node, "Algorithm", methods[i].uri)) {
            return &methods[i];
        }
    }
    return NULL;
}

/* r and s, each of the curve's size, as the DER that OpenSSL wants; to OPENSSL_free(). */
static uint8_t *der_of_raw(const EVP_PKEY *key, const uint8_t *raw, size_t size, size_t *der_size)
{
    int half = (EVP_PKEY_get_bits(key) + 7) / 8;
    if (half <= 0 || size != 2 * (size_t)half) {
        return NULL;
    }
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, half, NULL);
    BIGNUM *s = BN_bin2bn(raw + half, half, NULL);
    uint8_t *der = NULL;
    int length = -1;
    if (numbers != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(numbers, r, s) == 1) {
        length = i2d_ECDSA_SIG(numbers, &der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(numbers);
    *der_size = length > 0 ? (size_t)length : 0;
    return der;
}

static bool fits(EVP_PKEY *key, const char *hash, const uint8_t *signature, size_t size,
                 const uint8_t *message, size_t message_size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL &&
              EVP_DigestVerifyInit_ex(context, NULL, hash, NULL, NULL, key, NULL) == 1 &&
              EVP_DigestVerify(context, signature, size, message, message_size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return ok;
}

static bool fits_as(const struct method *method, EVP_PKEY *key, const uint8_t *value, size_t size,
                    const uint8_t *message, size_t message_size)
{
    if (method->key != EVP_PKEY_EC) {
        return fits(key, method->hash, value, size, message, message_size);
    }
    size_t der_size;
    uint8_t *der = der_of_raw(key, value, size, &der_size);
    bool ok = der != NULL && fits(key, method->hash, der, der_size, message, message_size);
    OPENSSL_free(der);
    return ok;
}

static enum rule check_value(const struct parts *parts, const struct xades_signature *signature)
{
    const struct method *method = find_method(parts);
    const xmlNode *canonicalisation =
        xml_only(parts->signed_info, XML_DSIG, "CanonicalizationMethod");
    char *uri = xml_attribute(canonicalisation, "Algorithm");
    EVP_PKEY *key = X509_get0_pubkey(signature->certificate);
    int mode;
    bool is_known = uri != NULL && xml_canonical_method(uri, &mode) && method != NULL &&
                    xml_first(canonicalisation) == NULL && key != NULL &&
                    EVP_PKEY_get_base_id(key) == method->key;
    xmlFree(uri);
    if (!is_known) {
        return RULE_XML_ALGORITHM;
    }
    size_t size = 0;
    size_t message_size;
    uint8_t *value = xml_base64(parts->value, &size);
    xmlChar *message = xml_canonical(parts->signed_info, mode, &message_size);
    bool ok = value != NULL && message != NULL &&
              fits_as(method, key, value, size, message, message_size);
    xmlFree(message);
    free(value);
    return ok ? RULE_NONE : RULE_XML_SIGNATURE;
}

static enum rule read_document(xmlDocPtr document, struct xades_signature *signature)
{
    struct parts parts;
    const xmlNode *root = xmlDocGetRootElement(document);
    if (!ids_differ(root)) {
        return RULE_XML_IDS;
    }
    if (!read_parts(root, &parts) || !read_time(&parts, signature)) {
        return RULE_XML_SHAPE;
    }
    if (!read_certificates(&parts, signature)) {
        return RULE_XML_CERTIFICATE;
    }
    enum rule rule = find_certificate(&parts, signature);
    if (rule == RULE_NONE) {
        rule = read_references(&parts, signature);
    }
    return rule == RULE_NONE ? check_value(&parts, signature) : rule;
}

enum rule xades_read(const uint8_t *bytes, size_t size, struct xades_signature *signature)
{
    memset(signature, 0, sizeof *signature);
    xmlDocPtr document = xml_parse(bytes, size);
    if (document == NULL) {
        return RULE_XML_UNREADABLE;
    }
    enum rule rule = read_document(document, signature);
    xmlFreeDoc(document);
    return rule;
}

void xades_signature_free(struct xades_signature *signature)
{
    for (size_t i = 0; i < signature->count; i++) {
        xmlFree(signature->references[i].name);
    }
    X509_free(signature->certificate);
    sk_X509_pop_free(signature->others, X509_free);
    memset(signature, 0, sizeof *signature);
}
