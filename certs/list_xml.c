#include "certs/list_xml.h"

#include <libxml/parser.h>
#include <string.h>
#include <xmlsec/crypto.h>
#include <xmlsec/errors.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>

#define NAMESPACE "http://uri.etsi.org/02231/v2#"
#define SIGNATURE_NAMESPACE "http://www.w3.org/2000/09/xmldsig#"

static void be_quiet(void *user, const char *format, ...)
{
    (void)user;
    (void)format;
}

xmlDoc *list_xml_parse(const uint8_t *bytes, size_t size)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *document = xmlReadMemory((const char *)bytes, (int)size, NULL, NULL, options);
    if (document != NULL && (document->intSubset != NULL || document->extSubset != NULL)) {
        xmlFreeDoc(document);
        return NULL;
    }
    return document;
}

static bool has_name(const xmlNode *node, const char *name, const char *space)
{
    return node != NULL && node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           xmlStrcmp(node->name, (const xmlChar *)name) == 0 &&
           xmlStrcmp(node->ns->href, (const xmlChar *)space) == 0;
}

bool list_xml_is(const xmlNode *node, const char *name)
{
    return has_name(node, name, NAMESPACE);
}

static xmlNode *first_from(xmlNode *node, const char *name)
{
    while (node != NULL && !list_xml_is(node, name)) {
        node = node->next;
    }
    return node;
}

xmlNode *list_xml_child(const xmlNode *parent, const char *name)
{
    return parent != NULL ? first_from(parent->children, name) : NULL;
}

xmlNode *list_xml_next(const xmlNode *node, const char *name)
{
    return first_from(node->next, name);
}

bool list_xml_text(const xmlNode *node, char *text, size_t size)
{
    static const char white[] = " \t\r\n";
    xmlChar *content = node != NULL ? xmlNodeGetContent(node) : NULL;
    if (content == NULL) {
        return false;
    }
    const char *begin = (const char *)content + strspn((const char *)content, white);
    size_t length = strlen(begin);
    while (length > 0 && strchr(white, begin[length - 1]) != NULL) {
        length--;
    }
    bool ok = length < size;
    if (ok) {
        memcpy(text, begin, length);
        text[length] = '\0';
    }
    xmlFree(content);
    return ok;
}

bool list_xml_time(const xmlNode *node, time_t *seconds)
{
    char text[32];
    struct tm broken_down = {0};
    if (!list_xml_text(node, text, sizeof text)) {
        return false;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &broken_down);
    if (end != NULL && *end == '.') {
        end += 1 + strspn(end + 1, "0123456789");
    }
    if (end == NULL || strcmp(end, "Z") != 0) {
        return false;
    }
    *seconds = timegm(&broken_down);
    return true;
}

/* The next node in document order; NULL at the end. */
static const xmlNode *after(const xmlNode *node)
{
    if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
        return node->children;
    }
    while (node != NULL && node->next == NULL) {
        node = node->parent;
    }
    return node != NULL ? node->next : NULL;
}

/* The one signature, if it is the root's own child; NULL if there are none or several. */
static xmlNode *find_signature(const xmlDoc *document)
{
    xmlNode *root = xmlDocGetRootElement(document);
    xmlNode *found = NULL;
    for (const xmlNode *node = root; node != NULL; node = after(node)) {
        if (has_name(node, "Signature", SIGNATURE_NAMESPACE)) {
            if (found != NULL || node->parent != root) {
                return NULL;
            }
            found = (xmlNode *)(uintptr_t)node;
        }
    }
    return found;
}

static bool prepare_library(void)
{
    static bool ready;
    if (!ready) {
        xmlInitParser();
        ready = xmlSecInit() == 0 && xmlSecCryptoInit() == 0;
        xmlSecErrorsDefaultCallbackEnableOutput(0);
        xmlSetGenericErrorFunc(NULL, be_quiet);
    }
    return ready;
}

static bool set_rules(xmlSecDSigCtx *context)
{
    const xmlSecTransformId transforms[] = {
        xmlSecTransformEnvelopedId,   xmlSecTransformExclC14NId,    xmlSecTransformSha256Id,
        xmlSecTransformSha384Id,      xmlSecTransformSha512Id,      xmlSecTransformRsaSha256Id,
        xmlSecTransformRsaSha384Id,   xmlSecTransformRsaSha512Id,   xmlSecTransformEcdsaSha256Id,
        xmlSecTransformEcdsaSha384Id, xmlSecTransformEcdsaSha512Id, NULL,
    };
    context->flags = XMLSEC_DSIG_FLAGS_STORE_SIGNEDINFO_REFERENCES;
    context->enabledReferenceUris =
        xmlSecTransformUriTypeEmpty | xmlSecTransformUriTypeSameDocument;
    for (size_t i = 0; transforms[i] != NULL; i++) {
        if (xmlSecDSigCtxEnableReferenceTransform(context, transforms[i]) < 0 ||
            xmlSecDSigCtxEnableSignatureTransform(context, transforms[i]) < 0) {
            return false;
        }
    }
    return true;
}

/* Whether one reference is to the whole document: URI="" (XML Signature, section 4.4.3.2). */
static bool covers_all(const xmlSecDSigCtx *context)
{
    const xmlSecPtrList *references = &context->signedInfoReferences;
    for (xmlSecSize i = 0; i < xmlSecPtrListGetSize((xmlSecPtrListPtr)(uintptr_t)references); i++) {
        const xmlSecDSigReferenceCtx *reference =
            xmlSecPtrListGetItem((xmlSecPtrListPtr)(uintptr_t)references, i);
        if (reference->uri != NULL && reference->uri[0] == '\0') {
            return true;
        }
    }
    return false;
}

static bool is_signed_by(xmlNode *signature, X509 *operator)
{
    unsigned char *der = NULL;
    int size = i2d_X509(operator, & der);
    xmlSecDSigCtx *context = xmlSecDSigCtxCreate(NULL);
    bool ok = size > 0 && context != NULL && set_rules(context);
    if (ok) {
        context->signKey = xmlSecCryptoAppKeyLoadMemory(
            der, (xmlSecSize)size, xmlSecKeyDataFormatCertDer, NULL, NULL, NULL);
        ok = context->signKey != NULL && xmlSecDSigCtxVerify(context, signature) == 0 &&
             context->status == xmlSecDSigStatusSucceeded && covers_all(context);
    }
    if (context != NULL) {
        xmlSecDSigCtxDestroy(context);
    }
    OPENSSL_free(der);
    return ok;
}

const char *list_xml_signature_fault(xmlDoc *document, const STACK_OF(X509) * operators)
{
    xmlNode *signature = find_signature(document);
    if (signature == NULL) {
        return "not exactly one signature, as a child of the root";
    }
    if (!prepare_library()) {
        return "the XML signature library cannot be used";
    }
    for (int i = 0; i < sk_X509_num(operators); i++) {
        if (is_signed_by(signature, sk_X509_value(operators, i))) {
            return NULL;
        }
    }
    return "not signed, as a whole, by an operator of the scheme";
}
