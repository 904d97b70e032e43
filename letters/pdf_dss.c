#include "letters/pdf_dss.h"

#include <stdlib.h>
#include <string.h>

#include "certs/certificate.h"
#include "letters/pdf_write.h"

/* Of a compressed stream, so that a bomb stays small: deflate grows by 1032 at most. */
#define FILTERED_SIZE_MAX ((size_t)64 * 1024)
/* Each is an entry of the update, and so are the store, the catalogue and the section itself. */
_Static_assert(PDF_DSS_CERTIFICATES_MAX + EVIDENCE_MAX + 3 <= PDF_XREF_ENTRIES_MAX,
               "an update holds all that a store may be given");

static const char *const keys[] = {"/Certs", "/OCSPs", "/CRLs"};
enum { CERTIFICATES, OCSPS, CRLS, KEYS };

/* A stream's bytes, to be free()d; NULL for what is none or is too large. */
static uint8_t *read_stream(const struct pdf *pdf, qpdf_oh stream, size_t *size)
{
    unsigned char *bytes = NULL;
    QPDF_BOOL filtered;
    long long length;
    if (!qpdf_oh_is_stream(pdf->qpdf, stream) ||
        !pdf_get_integer(pdf, stream, "/Length", &length)) {
        return NULL;
    }
    qpdf_oh filter = pdf_get(pdf, stream, "/Filter");
    bool is_plain = qpdf_oh_is_null(pdf->qpdf, filter);
    qpdf_oh_release(pdf->qpdf, filter);
    if (length < 0 ||
        (unsigned long long)length > (is_plain ? EVIDENCE_CRL_MAX : FILTERED_SIZE_MAX) ||
        (qpdf_oh_get_stream_data(pdf->qpdf, stream, is_plain ? qpdf_dl_none : qpdf_dl_generalized,
                                 &filtered, &bytes, size) &
         QPDF_ERRORS) != 0) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static bool take_certificate(struct pdf_dss *dss, const uint8_t *bytes, size_t size)
{
    X509 *certificate = certificate_from_der(bytes, size);
    if (dss->certificates == NULL) {
        dss->certificates = sk_X509_new_null();
    }
    bool ok = certificate != NULL && dss->certificates != NULL &&
              sk_X509_num(dss->certificates) < PDF_DSS_CERTIFICATES_MAX &&
              sk_X509_push(dss->certificates, certificate) > 0;
    if (!ok) {
        X509_free(certificate);
    }
    return ok;
}

static void take(struct pdf_dss *dss, size_t key, const uint8_t *bytes, size_t size)
{
    bool taken = key == CERTIFICATES ? take_certificate(dss, bytes, size)
                 : key == OCSPS      ? evidence_add_ocsp(&dss->evidence, bytes, size)
                                     : evidence_add_crl(&dss->evidence, bytes, size);
    (void)taken; /* what cannot be read helps nobody, and harms nobody */
}

static void read_list(const struct pdf *pdf, qpdf_oh store, size_t key, struct pdf_dss *dss)
{
    qpdf_oh list = pdf_get(pdf, store, keys[key]);
    int count = qpdf_oh_is_array(pdf->qpdf, list) ? qpdf_oh_get_array_n_items(pdf->qpdf, list) : 0;
    for (int i = 0; i < count && i < EVIDENCE_MAX; i++) {
        qpdf_oh stream = qpdf_oh_get_array_item(pdf->qpdf, list, i);
        size_t size = 0;
        uint8_t *bytes = read_stream(pdf, stream, &size);
        if (bytes != NULL) {
            take(dss, key, bytes, size);
        }
        free(bytes);
        qpdf_oh_release(pdf->qpdf, stream);
    }
    qpdf_oh_release(pdf->qpdf, list);
}

void pdf_dss_read(const struct pdf *pdf, struct pdf_dss *dss)
{
    qpdf_oh root = qpdf_get_root(pdf->qpdf);
    qpdf_oh store = pdf_get(pdf, root, "/DSS");
    for (size_t key = 0; key < KEYS && qpdf_oh_is_dictionary(pdf->qpdf, store); key++) {
        read_list(pdf, store, key, dss);
    }
    qpdf_oh_release(pdf->qpdf, store);
    qpdf_oh_release(pdf->qpdf, root);
}

void pdf_dss_clear(struct pdf_dss *dss)
{
    sk_X509_pop_free(dss->certificates, X509_free);
    dss->certificates = NULL;
    evidence_clear(&dss->evidence);
}

/* The list under this key, made where there is none; a new handle. */
static qpdf_oh list_of(const struct pdf *pdf, qpdf_oh store, size_t key)
{
    qpdf_oh list = pdf_get(pdf, store, keys[key]);
    if (qpdf_oh_is_array(pdf->qpdf, list)) {
        return list;
    }
    qpdf_oh_release(pdf->qpdf, list);
    list = qpdf_oh_new_array(pdf->qpdf);
    qpdf_oh_replace_key(pdf->qpdf, store, keys[key], list);
    return list;
}

/* The list is written with the store, so one that was an object of its own becomes part of it. */
static void copy_list(const struct pdf *pdf, qpdf_oh old, qpdf_oh new, size_t key)
{
    qpdf_oh from = pdf_get(pdf, old, keys[key]);
    int count = qpdf_oh_is_array(pdf->qpdf, from) ? qpdf_oh_get_array_n_items(pdf->qpdf, from) : 0;
    qpdf_oh to = list_of(pdf, new, key);
    for (int i = 0; i < count; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(pdf->qpdf, from, i);
        qpdf_oh_append_item(pdf->qpdf, to, item);
        qpdf_oh_release(pdf->qpdf, item);
    }
    qpdf_oh_release(pdf->qpdf, to);
    qpdf_oh_release(pdf->qpdf, from);
}

static bool put_stream(struct pdf_write *write, qpdf_oh store, size_t key, const uint8_t *bytes,
                       size_t size)
{
    qpdf_data qpdf = write->pdf->qpdf;
    int number = pdf_write_number(write);
    if (!pdf_write_entry(write, number, 0) ||
        !put_text(&write->tail, "<< /Length %zu >>\nstream\n", size) ||
        !put_bytes(&write->tail, bytes, size) || !put_text(&write->tail, "\nendstream\nendobj\n")) {
        return false;
    }
    qpdf_oh list = list_of(write->pdf, store, key);
    qpdf_oh reference = pdf_write_reference(write, number);
    qpdf_oh_append_item(qpdf, list, reference);
    qpdf_oh_release(qpdf, reference);
    qpdf_oh_release(qpdf, list);
    return true;
}

static bool put_certificates(struct pdf_write *write, qpdf_oh store,
                             const STACK_OF(X509) * certificates)
{
    bool ok = true;
    for (int i = 0; ok && i < sk_X509_num(certificates); i++) {
        uint8_t *der = NULL;
        int size = i2d_X509(sk_X509_value(certificates, i), &der);
        ok = size > 0 && put_stream(write, store, CERTIFICATES, der, (size_t)size);
        OPENSSL_free(der);
    }
    return ok;
}

static bool put_evidence(struct pdf_write *write, qpdf_oh store, const struct evidence *evidence)
{
    bool ok = true;
    for (size_t i = 0; ok && i < evidence->count; i++) {
        const struct evidence_item *item = &evidence->items[i];
        ok = put_stream(write, store, item->kind == EVIDENCE_OCSP ? OCSPS : CRLS, item->der,
                        item->size);
    }
    return ok;
}

/* The store as a new object, and the catalogue that names it. */
static bool put_store(struct pdf_write *write, qpdf_oh root, qpdf_oh store)
{
    qpdf_data qpdf = write->pdf->qpdf;
    int number = pdf_write_number(write);
    const char *text = qpdf_oh_unparse(qpdf, store);
    bool ok = pdf_write_entry(write, number, 0) && put_bytes(&write->tail, text, strlen(text)) &&
              put_text(&write->tail, "\nendobj\n");
    qpdf_oh reference = pdf_write_reference(write, number);
    qpdf_oh_replace_key(qpdf, root, "/DSS", reference);
    ok = ok && pdf_write_object(write, root);
    qpdf_oh_release(qpdf, reference);
    return ok;
}

static bool build(struct pdf_write *write, const STACK_OF(X509) * certificates,
                  const struct evidence *evidence)
{
    qpdf_data qpdf = write->pdf->qpdf;
    qpdf_oh root = qpdf_get_root(qpdf);
    qpdf_oh old = pdf_get(write->pdf, root, "/DSS");
    qpdf_oh store = qpdf_oh_new_dictionary(qpdf);
    bool ok = qpdf_oh_is_null(qpdf, old) || qpdf_oh_is_dictionary(qpdf, old);
    for (size_t key = 0; ok && key < KEYS && qpdf_oh_is_dictionary(qpdf, old); key++) {
        copy_list(write->pdf, old, store, key);
    }
    ok = ok && put_certificates(write, store, certificates) &&
         put_evidence(write, store, evidence) && put_store(write, root, store) &&
         pdf_write_end(write);
    qpdf_oh_release(qpdf, store);
    qpdf_oh_release(qpdf, old);
    qpdf_oh_release(qpdf, root);
    return ok;
}

enum status pdf_dss_build(struct pdf *pdf, const STACK_OF(X509) * certificates,
                          const struct evidence *evidence, struct buffer *tail,
                          struct detail *detail)
{
    struct pdf_write write;
    if (sk_X509_num(certificates) > PDF_DSS_CERTIFICATES_MAX) {
        return refuse(detail, STATUS_BAD_REQUEST, "more certificates than a document takes");
    }
    bool ok = pdf_write_begin(&write, pdf, "DSS") && build(&write, certificates, evidence);
    enum status status = pdf_check(pdf, detail);
    if (status == STATUS_OK && !ok) {
        status = refuse(detail, STATUS_DOCUMENT_DAMAGED, "the DSS or the trailer is not usable");
    }
    if (status != STATUS_OK) {
        pdf_write_free(&write);
        return status;
    }
    *tail = write.tail;
    return STATUS_OK;
}
