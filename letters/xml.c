#include "letters/xml.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

static const xmlChar *text_of(const char *text)
{
    return (const xmlChar *)text;
}

/* A document type could bring entities, and another encoding could hide one. */
xmlDocPtr xml_parse(const uint8_t *bytes, size_t size)
{
    static const char type[] = "<!DOCTYPE";
    if (size == 0 || size > XML_SIZE_MAX || memchr(bytes, '\0', size) != NULL ||
        memmem(bytes, size, type, strlen(type)) != NULL) {
        return NULL;
    }
    xmlDocPtr document = xmlReadMemory((const char *)bytes, (int)size, NULL, "UTF-8",
                                       XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (document != NULL &&
        (document->intSubset != NULL || xmlDocGetRootElement(document) == NULL)) {
        xmlFreeDoc(document);
        document = NULL;
    }
    return document;
}

bool xml_is(const xmlNode *node, const char *name_space, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE && node->ns != NULL &&
           xmlStrEqual(node->ns->href, text_of(name_space)) &&
           xmlStrEqual(node->name, text_of(name));
}

static xmlNodePtr element_from(xmlNodePtr node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE) {
        node = node->next;
    }
    return node;
}

xmlNodePtr xml_first(const xmlNode *parent)
{
    return parent != NULL ? element_from(parent->children) : NULL;
}

xmlNodePtr xml_next(const xmlNode *node)
{
    return element_from(node->next);
}

xmlNodePtr xml_only(const xmlNode *parent, const char *name_space, const char *name)
{
    xmlNodePtr found = NULL;
    for (xmlNodePtr child = xml_first(parent); child != NULL; child = xml_next(child)) {
        if (xml_is(child, name_space, name)) {
            if (found != NULL) {
                return NULL;
            }
            found = child;
        }
    }
    return found;
}

char *xml_attribute(const xmlNode *node, const char *name)
{
    return node != NULL ? (char *)xmlGetNoNsProp(node, text_of(name)) : NULL;
}

bool xml_attribute_is(const xmlNode *node, const char *name, const char *value)
{
    char *found = xml_attribute(node, name);
    bool is = found != NULL && strcmp(found, value) == 0;
    xmlFree(found);
    return is;
}

static void drop_blanks(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (strchr(" \t\r\n", *from) == NULL) {
            *to++ = *from;
        }
    }
    *to = '\0';
}

uint8_t *xml_base64(const xmlNode *node, size_t *size)
{
    char *text = node != NULL && xml_first(node) == NULL ? (char *)xmlNodeGetContent(node) : NULL;
    if (text == NULL) {
        return NULL;
    }
    drop_blanks(text);
    uint8_t *bytes = base64_decode(text, size);
    xmlFree(text);
    return bytes;
}

xmlNodePtr xml_add(xmlNodePtr parent, xmlNsPtr name_space, const char *name, const char *text)
{
    return parent != NULL ? xmlNewTextChild(parent, name_space, text_of(name), text_of(text))
                          : NULL;
}

bool xml_set(xmlNodePtr node, const char *name, const char *value)
{
    return node != NULL && xmlNewProp(node, text_of(name), text_of(value)) != NULL;
}

bool xml_canonical_method(const char *uri, int *mode)
{
    static const struct {
        const char *uri;
        int mode;
    } methods[] = {
        {"http://www.w3.org/2001/10/xml-exc-c14n#", XML_C14N_EXCLUSIVE_1_0},
        {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", XML_C14N_1_0},
        {"http://www.w3.org/2006/12/xml-c14n11", XML_C14N_1_1},
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(uri, methods[i].uri) == 0) {
            *mode = methods[i].mode;
            return true;
        }
    }
    return false;
}

static int is_within(void *element, xmlNodePtr node, xmlNodePtr parent)
{
    bool is_element_or_text = node->type != XML_NAMESPACE_DECL && node->type != XML_ATTRIBUTE_NODE;
    for (xmlNodePtr at = is_element_or_text ? node : parent; at != NULL; at = at->parent) {
        if (at == element) {
            return 1;
        }
    }
    return 0;
}

xmlChar *xml_canonical(const xmlNode *element, int mode, size_t *size)
{
    xmlBufferPtr bytes = xmlBufferCreate();
    xmlOutputBufferPtr output = bytes != NULL ? xmlOutputBufferCreateBuffer(bytes, NULL) : NULL;
    bool ok = output != NULL && element != NULL &&
              xmlC14NExecute(element->doc, is_within, (void *)(uintptr_t)element, mode, NULL, 0,
                             output) >= 0;
    ok = output != NULL && xmlOutputBufferClose(output) >= 0 && ok;
    xmlChar *canonical = NULL;
    if (ok) {
        *size = (size_t)xmlBufferLength(bytes);
        canonical = xmlBufferDetach(bytes);
    }
    xmlBufferFree(bytes);
    return canonical;
}
