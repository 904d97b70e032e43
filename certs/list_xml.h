/* What list.c needs of XML; for certs/ alone. Names are those of ETSI TS 119 612 unless said. */
#ifndef PIRADI_LIST_XML_H
#define PIRADI_LIST_XML_H

#include <libxml/tree.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/must_use.h"

/* Without DTD, entities or the network; NULL otherwise. Free with xmlFreeDoc. */
xmlDoc *list_xml_parse(const uint8_t *bytes, size_t size) MUST_USE;

/* NULL if the one signature covers all and is by one of these; otherwise why not. */
const char *list_xml_signature_fault(xmlDoc *document, const STACK_OF(X509) * operators) MUST_USE;

/* Whether the element has this name in the list's own namespace. */
bool list_xml_is(const xmlNode *node, const char *name);
/* The first, and the next, child or sibling of this name; NULL if there is none. */
xmlNode *list_xml_child(const xmlNode *parent, const char *name);
xmlNode *list_xml_next(const xmlNode *node, const char *name);

/* The element's text without white space around it; false unless it fits. */
bool list_xml_text(const xmlNode *node, char *text, size_t size) MUST_USE;
/* xs:dateTime in UTC, "2026-11-24T08:00:00Z". */
bool list_xml_time(const xmlNode *node, time_t *seconds) MUST_USE;

#endif
