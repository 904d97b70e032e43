/*
 * XML as XAdES needs it, by libxml2: parsed without entities, network or document type, found by
 * namespace, canonicalised, and made.
 */
#ifndef PIRADI_XML_H
#define PIRADI_XML_H

#include <libxml/tree.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

#define XML_SIZE_MAX ((size_t)4 * 1024 * 1024)

#define XML_DSIG "http://www.w3.org/2000/09/xmldsig#"
#define XML_XADES "http://uri.etsi.org/01903/v1.3.2#"
#define XML_ASIC "http://uri.etsi.org/02918/v1.2.1#"

/* NULL for what is no well-formed UTF-8 XML, has a document type or is too large; xmlFreeDoc. */
xmlDocPtr xml_parse(const uint8_t *bytes, size_t size) MUST_USE;

bool xml_is(const xmlNode *node, const char *name_space, const char *name) MUST_USE;

/* Lent. The first element among the children, or after this node; NULL if there is none. */
xmlNodePtr xml_first(const xmlNode *parent);
xmlNodePtr xml_next(const xmlNode *node);

/* The one child element of this name, lent; NULL if there is none or several. */
xmlNodePtr xml_only(const xmlNode *parent, const char *name_space, const char *name);

/* An attribute without namespace, to be xmlFree()d; NULL if there is none. */
char *xml_attribute(const xmlNode *node, const char *name) MUST_USE;
bool xml_attribute_is(const xmlNode *node, const char *name, const char *value) MUST_USE;

/* The node's base64 text, blanks apart, as new bytes to free(); NULL if it is none. */
uint8_t *xml_base64(const xmlNode *node, size_t *size) MUST_USE;

/* A new element below, with text if that is not NULL; NULL if memory is out. */
xmlNodePtr xml_add(xmlNodePtr parent, xmlNsPtr name_space, const char *name, const char *text);
bool xml_set(xmlNodePtr node, const char *name, const char *value) MUST_USE;

/* The methods of canonicalisation that are taken: exclusive and inclusive 1.0, and 1.1, without
 * comments. False for another URI. */
bool xml_canonical_method(const char *uri, int *mode) MUST_USE;

/* The element and all below in canonical form, as new bytes to xmlFree(); NULL if memory is out. */
xmlChar *xml_canonical(const xmlNode *element, int mode, size_t *size) MUST_USE;

#endif
