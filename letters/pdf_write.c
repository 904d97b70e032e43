#include "letters/pdf_write.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "letters/pdf_walk.h"

#define TAIL_MAX ((size_t)64 * 1024 * 1024)

uint64_t pdf_write_here(const struct pdf_write *write)
{
    return write->pdf->size + write->tail.size;
}

int pdf_write_number(struct pdf_write *write)
{
    return write->xref.next_number++;
}

bool pdf_write_entry(struct pdf_write *write, int number, int generation)
{
    struct pdf_xref *xref = &write->xref;
    if (xref->count == PDF_XREF_ENTRIES_MAX) {
        return false;
    }
    xref->entries[xref->count++] = (struct pdf_xref_entry){
        .number = number, .generation = generation, .offset = pdf_write_here(write)};
    return put_text(&write->tail, "%d %d obj\n", number, generation);
}

bool pdf_write_object(struct pdf_write *write, qpdf_oh object)
{
    qpdf_data qpdf = write->pdf->qpdf;
    struct buffer *tail = &write->tail;
    if (!qpdf_oh_is_indirect(qpdf, object) ||
        !pdf_write_entry(write, qpdf_oh_get_object_id(qpdf, object),
                         qpdf_oh_get_generation(qpdf, object))) {
        return false;
    }
    const char *text = qpdf_oh_unparse_resolved(qpdf, object);
    return put_bytes(tail, text, strlen(text)) && put_text(tail, "\nendobj\n");
}

/* A placeholder stands there in memory. */
qpdf_oh pdf_write_reference(const struct pdf_write *write, int number)
{
    qpdf_data qpdf = write->pdf->qpdf;
    qpdf_oh placeholder = qpdf_oh_new_dictionary(qpdf);
    qpdf_replace_object(qpdf, number, 0, placeholder);
    qpdf_oh_release(qpdf, placeholder);
    return qpdf_get_object_by_id(qpdf, number, 0);
}

/* The trailer's reference under this key, e.g. "1 0 R"; empty if it has none. */
static void read_reference(const struct pdf_write *write, const char *key,
                           char text[PDF_REFERENCE_SIZE])
{
    qpdf_data qpdf = write->pdf->qpdf;
    qpdf_oh trailer = qpdf_get_trailer(qpdf);
    qpdf_oh value = pdf_get(write->pdf, trailer, key);
    text[0] = '\0';
    if (qpdf_oh_is_indirect(qpdf, value)) {
        snprintf(text, PDF_REFERENCE_SIZE, "%d %d R", qpdf_oh_get_object_id(qpdf, value),
                 qpdf_oh_get_generation(qpdf, value));
    }
    qpdf_oh_release(qpdf, value);
    qpdf_oh_release(qpdf, trailer);
}

/* 14.4: the first identifier stays; the second is new for this update, and follows from its
 * content. */
static bool choose_id(struct pdf_write *write, const char *seed)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(context, write->pdf->bytes, write->pdf->size) == 1 &&
              EVP_DigestUpdate(context, seed, strlen(seed)) == 1 &&
              EVP_DigestFinal_ex(context, hash, NULL) == 1;
    EVP_MD_CTX_free(context);
    memcpy(write->xref.id, hash, ok ? sizeof write->xref.id : 0);
    return ok;
}

static void read_first_id(struct pdf_write *write)
{
    qpdf_data qpdf = write->pdf->qpdf;
    qpdf_oh trailer = qpdf_get_trailer(qpdf);
    qpdf_oh pair = pdf_get(write->pdf, trailer, "/ID");
    const uint8_t *id = write->xref.id;
    size_t size = sizeof write->xref.id;
    if (qpdf_oh_is_array(qpdf, pair) && qpdf_oh_get_array_n_items(qpdf, pair) > 0) {
        qpdf_oh first = qpdf_oh_get_array_item(qpdf, pair, 0);
        size_t length = 0;
        const char *bytes = qpdf_oh_is_string(qpdf, first)
                                ? qpdf_oh_get_binary_string_value(qpdf, first, &length)
                                : NULL;
        if (bytes != NULL && length > 0 && length <= PDF_ID_SIZE_MAX) {
            id = (const uint8_t *)bytes;
            size = length;
        }
        qpdf_oh_release(qpdf, first);
    }
    for (size_t i = 0; i < size; i++) {
        snprintf(write->id_hex + 2 * i, 3, "%02x", id[i]);
    }
    qpdf_oh_release(qpdf, pair);
    qpdf_oh_release(qpdf, trailer);
}

static bool read_trailer(struct pdf_write *write, const char *seed)
{
    qpdf_oh trailer = qpdf_get_trailer(write->pdf->qpdf);
    long long size = 0;
    bool ok = pdf_get_integer(write->pdf, trailer, "/Size", &size) && size > 0 &&
              size <= PDF_OBJECTS_MAX - PDF_XREF_ENTRIES_MAX;
    qpdf_oh_release(write->pdf->qpdf, trailer);
    read_reference(write, "/Root", write->root);
    read_reference(write, "/Info", write->info);
    if (!ok || write->root[0] == '\0' || !choose_id(write, seed)) {
        return false;
    }
    read_first_id(write);
    write->xref.next_number = (int)size;
    write->xref.as_stream = write->pdf->xref_is_stream;
    write->xref.previous = write->pdf->xref_at;
    write->xref.root = write->root;
    write->xref.info = write->info[0] != '\0' ? write->info : NULL;
    write->xref.id_hex = write->id_hex;
    return true;
}

bool pdf_write_begin(struct pdf_write *write, struct pdf *pdf, const char *seed)
{
    *write = (struct pdf_write){.pdf = pdf};
    buffer_init(&write->tail, TAIL_MAX);
    bool ends_in_line = pdf->bytes[pdf->size - 1] == '\n';
    return read_trailer(write, seed) && (ends_in_line || put_text(&write->tail, "\n"));
}

bool pdf_write_end(struct pdf_write *write)
{
    return pdf_xref_put(&write->xref, write->pdf->size, &write->tail);
}

void pdf_write_free(struct pdf_write *write)
{
    buffer_free(&write->tail);
}
