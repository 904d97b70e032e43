#include "letters/pdf_update.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "letters/pdf_field.h"
#include "letters/pdf_walk.h"
#include "letters/pdf_xref.h"

#define TAIL_MAX ((size_t)16 * 1024 * 1024)
#define NEW_OBJECTS 4 /* signature, field, its appearance, cross-reference stream */
#define ID_SIZE_MAX 64
#define REFERENCE_SIZE 32
#define SIGNATURES_AND_APPEND_ONLY 3 /* 12.7.2, SigFlags */
#define PRINT_AND_LOCKED 132         /* 12.5.3 */
#define RANGE_WIDTH 40               /* of the ByteRange, brackets included, filled with spaces */

struct work {
    struct pdf *pdf;
    struct pdf_update *update;
    struct pdf_xref xref;
    int signature;
    int field; /* a new one, unless the form has a place */
    bool has_place;
    qpdf_oh place;
    size_t range_at; /* in the tail */
    char root[REFERENCE_SIZE];
    char info[REFERENCE_SIZE];
    char id_hex[2 * ID_SIZE_MAX + 1];
};

void pdf_update_free(struct pdf_update *update)
{
    buffer_free(&update->tail);
}

static uint64_t here(const struct work *work)
{
    return work->pdf->size + work->update->tail.size;
}

static bool add_entry(struct work *work, int number, int generation)
{
    struct pdf_xref *xref = &work->xref;
    if (xref->count == PDF_XREF_ENTRIES_MAX) {
        return false;
    }
    xref->entries[xref->count++] =
        (struct pdf_xref_entry){.number = number, .generation = generation, .offset = here(work)};
    return put_text(&work->update->tail, "%d %d obj\n", number, generation);
}

/* Writes a changed object anew, under its own number. */
static bool put_object(struct work *work, qpdf_oh object)
{
    qpdf_data qpdf = work->pdf->qpdf;
    struct buffer *tail = &work->update->tail;
    if (!qpdf_oh_is_indirect(qpdf, object) || !add_entry(work, qpdf_oh_get_object_id(qpdf, object),
                                                         qpdf_oh_get_generation(qpdf, object))) {
        return false;
    }
    const char *text = qpdf_oh_unparse_resolved(qpdf, object);
    return put_bytes(tail, text, strlen(text)) && put_text(tail, "\nendobj\n");
}

/* A reference to an object that this update holds; a placeholder stands there in memory. */
static qpdf_oh reference_to(const struct work *work, int number)
{
    qpdf_data qpdf = work->pdf->qpdf;
    qpdf_oh placeholder = qpdf_oh_new_dictionary(qpdf);
    qpdf_replace_object(qpdf, number, 0, placeholder);
    qpdf_oh_release(qpdf, placeholder);
    return qpdf_get_object_by_id(qpdf, number, 0);
}

/* Gives the dictionary an array of its own under this key: the old items, if any, and the field. */
static bool append_field(const struct work *work, qpdf_oh dictionary, const char *key)
{
    qpdf_data qpdf = work->pdf->qpdf;
    qpdf_oh old = pdf_get(work->pdf, dictionary, key);
    qpdf_oh array = qpdf_oh_new_array(qpdf);
    bool ok = qpdf_oh_is_array(qpdf, old) || qpdf_oh_is_null(qpdf, old);
    int count = qpdf_oh_is_array(qpdf, old) ? qpdf_oh_get_array_n_items(qpdf, old) : 0;
    for (int i = 0; i < count; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(qpdf, old, i);
        qpdf_oh_append_item(qpdf, array, item);
        qpdf_oh_release(qpdf, item);
    }
    qpdf_oh field = reference_to(work, work->field);
    qpdf_oh_append_item(qpdf, array, field);
    qpdf_oh_replace_key(qpdf, dictionary, key, array);
    qpdf_oh_release(qpdf, field);
    qpdf_oh_release(qpdf, array);
    qpdf_oh_release(qpdf, old);
    return ok;
}

static bool name_is_taken(const struct work *work, qpdf_oh fields, const char *name)
{
    qpdf_data qpdf = work->pdf->qpdf;
    int count = qpdf_oh_is_array(qpdf, fields) ? qpdf_oh_get_array_n_items(qpdf, fields) : 0;
    bool taken = false;
    for (int i = 0; i < count && !taken; i++) {
        qpdf_oh field = qpdf_oh_get_array_item(qpdf, fields, i);
        qpdf_oh value = pdf_get(work->pdf, field, "/T");
        const char *text;
        size_t length;
        taken = qpdf_oh_get_value_as_utf8(qpdf, value, &text, &length) && strcmp(text, name) == 0;
        qpdf_oh_release(qpdf, value);
        qpdf_oh_release(qpdf, field);
    }
    return taken;
}

/* The first free name of Signature1, Signature2, … in the form. */
static void choose_name(const struct work *work, qpdf_oh form, char name[REFERENCE_SIZE])
{
    qpdf_oh fields = pdf_get(work->pdf, form, "/Fields");
    unsigned number = 1;
    do {
        snprintf(name, REFERENCE_SIZE, "Signature%u", number++);
    } while (name_is_taken(work, fields, name));
    qpdf_oh_release(work->pdf->qpdf, fields);
}

static void set_flags(const struct work *work, qpdf_oh form)
{
    long long flags;
    if (!pdf_get_integer(work->pdf, form, "/SigFlags", &flags)) {
        flags = 0;
    }
    qpdf_oh value = qpdf_oh_new_integer(work->pdf->qpdf, flags | SIGNATURES_AND_APPEND_ONLY);
    qpdf_oh_replace_key(work->pdf->qpdf, form, "/SigFlags", value);
    qpdf_oh_release(work->pdf->qpdf, value);
}

/* The catalogue, or the form alone where that is an object of its own. */
static bool put_form_in(struct work *work, qpdf_oh root, qpdf_oh form, char name[REFERENCE_SIZE])
{
    qpdf_data qpdf = work->pdf->qpdf;
    if (!qpdf_oh_is_dictionary(qpdf, form)) {
        return false;
    }
    work->has_place = pdf_field_find_empty(work->pdf, form, &work->place);
    if (!work->has_place) {
        work->field = work->xref.next_number++;
    }
    choose_name(work, form, name);
    set_flags(work, form);
    return (work->has_place || append_field(work, form, "/Fields")) &&
           put_object(work, qpdf_oh_is_indirect(qpdf, form) ? form : root);
}

static bool put_form(struct work *work, char name[REFERENCE_SIZE])
{
    qpdf_data qpdf = work->pdf->qpdf;
    qpdf_oh root = qpdf_get_root(qpdf);
    qpdf_oh form = pdf_get(work->pdf, root, "/AcroForm");
    if (qpdf_oh_is_null(qpdf, form)) {
        qpdf_oh_release(qpdf, form);
        form = qpdf_oh_new_dictionary(qpdf);
        qpdf_oh_replace_key(qpdf, root, "/AcroForm", form);
    }
    bool ok = put_form_in(work, root, form, name);
    qpdf_oh_release(qpdf, form);
    qpdf_oh_release(qpdf, root);
    return ok;
}

static bool put_page(struct work *work)
{
    return append_field(work, work->pdf->first_page, "/Annots") &&
           put_object(work, work->pdf->first_page);
}

/* PDF/A (ISO 19005-1, 6.9) wants an appearance of every field, also where none can be seen. */
static bool put_field(struct work *work, const char *name)
{
    qpdf_data qpdf = work->pdf->qpdf;
    struct buffer *tail = &work->update->tail;
    int appearance = work->xref.next_number++;
    return add_entry(work, work->field, 0) &&
           put_text(tail,
                    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /F %d /Rect [0 0 0 0] "
                    "/P %d %d R /V %d 0 R /AP << /N %d 0 R >> >>\nendobj\n",
                    name, PRINT_AND_LOCKED, qpdf_oh_get_object_id(qpdf, work->pdf->first_page),
                    qpdf_oh_get_generation(qpdf, work->pdf->first_page), work->signature,
                    appearance) &&
           add_entry(work, appearance, 0) &&
           put_text(tail, "<< /Type /XObject /Subtype /Form /BBox [0 0 0 0] /Length 0 >>\nstream\n"
                          "\nendstream\nendobj\n");
}

/* The place is signed where it stands, on its own page. */
static bool put_place(struct work *work)
{
    qpdf_data qpdf = work->pdf->qpdf;
    qpdf_oh signature = reference_to(work, work->signature);
    qpdf_oh_replace_key(qpdf, work->place, "/V", signature);
    bool ok = put_object(work, work->place);
    qpdf_oh_release(qpdf, signature);
    qpdf_oh_release(qpdf, work->place);
    return ok;
}

static bool put_signature(struct work *work, const char time_digits[PDF_TIME_DIGITS + 1])
{
    struct buffer *tail = &work->update->tail;
    if (!add_entry(work, work->signature, 0) ||
        !put_text(tail,
                  "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached "
                  "%s%sZ) /ByteRange ",
                  PDF_TIME_BEFORE, time_digits)) {
        return false;
    }
    work->range_at = tail->size;
    if (!put_text(tail, "%*s /Contents ", RANGE_WIDTH, "")) {
        return false;
    }
    work->update->range.gap_at = here(work);
    uint8_t *contents = put_space(tail, 2 * PDF_CONTENTS_SIZE + 2);
    if (contents == NULL) {
        return false;
    }
    memset(contents, '0', 2 * PDF_CONTENTS_SIZE + 2);
    contents[0] = '<';
    contents[2 * PDF_CONTENTS_SIZE + 1] = '>';
    work->update->range.gap_end = here(work);
    return put_text(tail, " >>\nendobj\n");
}

/* Fills in what is known only once all is written. */
static bool set_range(struct work *work)
{
    struct byte_range *range = &work->update->range;
    range->end = here(work);
    char text[RANGE_WIDTH + 1];
    int length = snprintf(text, sizeof text, "[0 %" PRIu64 " %" PRIu64 " %" PRIu64 "]",
                          range->gap_at, range->gap_end, range->end - range->gap_end);
    if (length < 0 || length > RANGE_WIDTH) {
        return false;
    }
    memcpy(work->update->tail.bytes + work->range_at, text, (size_t)length);
    return true;
}

/* The trailer's reference under this key, e.g. "1 0 R"; empty if it has none. */
static void read_reference(const struct work *work, const char *key, char text[REFERENCE_SIZE])
{
    qpdf_data qpdf = work->pdf->qpdf;
    qpdf_oh trailer = qpdf_get_trailer(qpdf);
    qpdf_oh value = pdf_get(work->pdf, trailer, key);
    text[0] = '\0';
    if (qpdf_oh_is_indirect(qpdf, value)) {
        snprintf(text, REFERENCE_SIZE, "%d %d R", qpdf_oh_get_object_id(qpdf, value),
                 qpdf_oh_get_generation(qpdf, value));
    }
    qpdf_oh_release(qpdf, value);
    qpdf_oh_release(qpdf, trailer);
}

/* 14.4: the first identifier stays; the second is new for this update, and follows from its
 * content. */
static bool choose_id(struct work *work, const char *time_digits)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex2(context, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(context, work->pdf->bytes, work->pdf->size) == 1 &&
              EVP_DigestUpdate(context, time_digits, strlen(time_digits)) == 1 &&
              EVP_DigestFinal_ex(context, hash, NULL) == 1;
    EVP_MD_CTX_free(context);
    memcpy(work->xref.id, hash, ok ? sizeof work->xref.id : 0);
    return ok;
}

static void read_first_id(struct work *work)
{
    qpdf_data qpdf = work->pdf->qpdf;
    qpdf_oh trailer = qpdf_get_trailer(qpdf);
    qpdf_oh pair = pdf_get(work->pdf, trailer, "/ID");
    const uint8_t *id = work->xref.id;
    size_t size = sizeof work->xref.id;
    if (qpdf_oh_is_array(qpdf, pair) && qpdf_oh_get_array_n_items(qpdf, pair) > 0) {
        qpdf_oh first = qpdf_oh_get_array_item(qpdf, pair, 0);
        size_t length = 0;
        const char *bytes = qpdf_oh_is_string(qpdf, first)
                                ? qpdf_oh_get_binary_string_value(qpdf, first, &length)
                                : NULL;
        if (bytes != NULL && length > 0 && length <= ID_SIZE_MAX) {
            id = (const uint8_t *)bytes;
            size = length;
        }
        qpdf_oh_release(qpdf, first);
    }
    for (size_t i = 0; i < size; i++) {
        snprintf(work->id_hex + 2 * i, 3, "%02x", id[i]);
    }
    qpdf_oh_release(qpdf, pair);
    qpdf_oh_release(qpdf, trailer);
}

static bool read_trailer(struct work *work, const char *time_digits)
{
    qpdf_oh trailer = qpdf_get_trailer(work->pdf->qpdf);
    long long size = 0;
    bool ok = pdf_get_integer(work->pdf, trailer, "/Size", &size) && size > 0 &&
              size <= PDF_OBJECTS_MAX - NEW_OBJECTS;
    qpdf_oh_release(work->pdf->qpdf, trailer);
    read_reference(work, "/Root", work->root);
    read_reference(work, "/Info", work->info);
    if (!ok || work->root[0] == '\0' || !choose_id(work, time_digits)) {
        return false;
    }
    read_first_id(work);
    work->signature = (int)size;
    work->xref.next_number = (int)size + 1;
    work->xref.as_stream = work->pdf->xref_is_stream;
    work->xref.previous = work->pdf->xref_at;
    work->xref.root = work->root;
    work->xref.info = work->info[0] != '\0' ? work->info : NULL;
    work->xref.id_hex = work->id_hex;
    return true;
}

static bool build(struct work *work, time_t at)
{
    struct tm utc;
    char time_digits[PDF_TIME_DIGITS + 1];
    char name[REFERENCE_SIZE];
    bool ends_in_line = work->pdf->bytes[work->pdf->size - 1] == '\n';
    return gmtime_r(&at, &utc) != NULL &&
           strftime(time_digits, sizeof time_digits, "%Y%m%d%H%M%S", &utc) == PDF_TIME_DIGITS &&
           read_trailer(work, time_digits) &&
           (ends_in_line || put_text(&work->update->tail, "\n")) && put_form(work, name) &&
           (work->has_place ? put_place(work) : put_page(work) && put_field(work, name)) &&
           put_signature(work, time_digits) &&
           pdf_xref_put(&work->xref, work->pdf->size, &work->update->tail) && set_range(work);
}

enum status pdf_update_build(struct pdf *pdf, time_t at, struct pdf_update *update,
                             struct detail *detail)
{
    struct pdf_update built = {0};
    struct work work = {.pdf = pdf, .update = &built};
    buffer_init(&built.tail, TAIL_MAX);
    bool ok = build(&work, at);
    enum status status = pdf_check(pdf, detail);
    if (status == STATUS_OK && !ok) {
        status = refuse(detail, STATUS_DOCUMENT_DAMAGED,
                        "the form, the first page's annotations or the trailer are not usable");
    }
    if (status != STATUS_OK) {
        pdf_update_free(&built);
        return status;
    }
    *update = built;
    return STATUS_OK;
}
