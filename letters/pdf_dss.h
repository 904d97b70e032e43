/*
 * The document security store of a PDF (ETSI EN 319 142-1, 5.4.2): certificates, OCSP responses and
 * CRLs for whoever judges its signatures later. What is in it is believed in nothing.
 */
#ifndef PIRADI_PDF_DSS_H
#define PIRADI_PDF_DSS_H

#include <openssl/x509.h>

#include "base/buffer.h"
#include "certs/evidence.h"
#include "letters/pdf.h"

/* More certificates are not read, and not written. */
#define PDF_DSS_CERTIFICATES_MAX 32

struct pdf_dss {
    STACK_OF(X509) * certificates; /* NULL: none */
    struct evidence evidence;
};

/* Reads what can be read of it; what is damaged or beyond the limits is left out. Zero-initialise;
 * free with pdf_dss_clear. */
void pdf_dss_read(const struct pdf *pdf, struct pdf_dss *dss);
void pdf_dss_clear(struct pdf_dss *dss);

/*
 * An update that adds these to the document's store, or gives it one; tail is what follows the
 * document's bytes, for buffer_free. Changes pdf in memory, so use it for nothing else afterwards.
 * STATUS_DOCUMENT_DAMAGED where the store is not what it must be; STATUS_BAD_REQUEST for more than
 * an update holds.
 */
enum status pdf_dss_build(struct pdf *pdf, const STACK_OF(X509) * certificates,
                          const struct evidence *evidence, struct buffer *tail,
                          struct detail *detail) MUST_USE;

#endif
