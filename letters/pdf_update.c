#include "letters/pdf_update.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "letters/pdf_field.h"
#include "letters/pdf_write.h"

#define SIGNATURES_AND_APPEND_ONLY 3 /* 12.7.2, SigFlags */
#define PRINT_AND_LOCKED 132         /* 12.5.3 */
#define RANGE_WIDTH 40               /* of the ByteRange, brackets included, filled with spaces */

struct work {
    struct pdf_write write;
    struct byte_range range;
    enum pdf_update_kind kind;
    int signature;
    int field; /* a new one, unless the form has a place */
    bool has_place;
    qpdf_oh place;
    size_t range_at; /* in the tail */
};

void pdf_update_free(struct pdf_update *update)
{
    buffer_free(&update->tail);
}

/* Gives the dictionary an array of its own under this key: the old items, if any, and the field. */
static bool append_field(const struct work *work, qpdf_oh dictionary, const char *key)
{
    qpdf_data qpdf = work->write.pdf->qpdf;
    qpdf_oh old = pdf_get(work->write.pdf, dictionary, key);
    qpdf_oh array = qpdf_oh_new_array(qpdf);
    bool ok = qpdf_oh_is_array(qpdf, old) || qpdf_oh_is_null(qpdf, old);
    int count = qpdf_oh_is_array(qpdf, old) ? qpdf_oh_get_array_n_items(qpdf, old) : 0;
    for (int i = 0; i < count; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(qpdf, old, i);
        qpdf_oh_append_item(qpdf, array, item);
        qpdf_oh_release(qpdf, item);
    }
    qpdf_oh field = pdf_write_reference(&work->write, work->field);
    qpdf_oh_append_item(qpdf, array, field);
    qpdf_oh_replace_key(qpdf, dictionary, key, array);
    qpdf_oh_release(qpdf, field);
    qpdf_oh_release(qpdf, array);
    qpdf_oh_release(qpdf, old);
    return ok;
}

static bool name_is_taken(const struct work *work, qpdf_oh fields, const char *name)
{
    qpdf_data qpdf = work->write.pdf->qpdf;
    int count = qpdf_oh_is_array(qpdf, fields) ? qpdf_oh_get_array_n_items(qpdf, fields) : 0;
    bool taken = false;
    for (int i = 0; i < count && !taken; i++) {
        qpdf_oh field = qpdf_oh_get_array_item(qpdf, fields, i);
        qpdf_oh value = pdf_get(work->write.pdf, field, "/T");
        const char *text;
        size_t length;
        taken = qpdf_oh_get_value_as_utf8(qpdf, value, &text, &length) && strcmp(text, name) == 0;
        qpdf_oh_release(qpdf, value);
        qpdf_oh_release(qpdf, field);
    }
    return taken;
}

/* The first free name of Signature1, Signature2, … in the form. */
static void choose_name(const struct work *work, qpdf_oh form, char name[PDF_REFERENCE_SIZE])
{
    qpdf_oh fields = pdf_get(work->write.pdf, form, "/Fields");
    unsigned number = 1;
    do {
        snprintf(name, PDF_REFERENCE_SIZE, "Signature%u", number++);
    } while (name_is_taken(work, fields, name));
    qpdf_oh_release(work->write.pdf->qpdf, fields);
}

static void set_flags(const struct work *work, qpdf_oh form)
{
    long long flags;
    if (!pdf_get_integer(work->write.pdf, form, "/SigFlags", &flags)) {
        flags = 0;
    }
    qpdf_oh value = qpdf_oh_new_integer(work->write.pdf->qpdf, flags | SIGNATURES_AND_APPEND_ONLY);
    qpdf_oh_replace_key(work->write.pdf->qpdf, form, "/SigFlags", value);
    qpdf_oh_release(work->write.pdf->qpdf, value);
}

/* The catalogue, or the form alone where that is an object of its own. */
static bool put_form_in(struct work *work, qpdf_oh root, qpdf_oh form,
                        char name[PDF_REFERENCE_SIZE])
{
    qpdf_data qpdf = work->write.pdf->qpdf;
    if (!qpdf_oh_is_dictionary(qpdf, form)) {
        return false;
    }
    work->has_place = work->kind == PDF_UPDATE_SIGNATURE &&
                      pdf_field_find_empty(work->write.pdf, form, &work->place);
    if (!work->has_place) {
        work->field = pdf_write_number(&work->write);
    }
    choose_name(work, form, name);
    set_flags(work, form);
    return (work->has_place || append_field(work, form, "/Fields")) &&
           pdf_write_object(&work->write, qpdf_oh_is_indirect(qpdf, form) ? form : root);
}

static bool put_form(struct work *work, char name[PDF_REFERENCE_SIZE])
{
    qpdf_data qpdf = work->write.pdf->qpdf;
    qpdf_oh root = qpdf_get_root(qpdf);
    qpdf_oh form = pdf_get(work->write.pdf, root, "/AcroForm");
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
    return append_field(work, work->write.pdf->first_page, "/Annots") &&
           pdf_write_object(&work->write, work->write.pdf->first_page);
}

/* PDF/A (ISO 19005-1, 6.9) wants an appearance of every field, also where none can be seen. */
static bool put_field(struct work *work, const char *name)
{
    qpdf_data qpdf = work->write.pdf->qpdf;
    struct buffer *tail = &work->write.tail;
    int appearance = pdf_write_number(&work->write);
    return pdf_write_entry(&work->write, work->field, 0) &&
           put_text(tail,
                    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /F %d /Rect [0 0 0 0] "
                    "/P %d %d R /V %d 0 R /AP << /N %d 0 R >> >>\nendobj\n",
                    name, PRINT_AND_LOCKED,
                    qpdf_oh_get_object_id(qpdf, work->write.pdf->first_page),
                    qpdf_oh_get_generation(qpdf, work->write.pdf->first_page), work->signature,
                    appearance) &&
           pdf_write_entry(&work->write, appearance, 0) &&
           put_text(tail, "<< /Type /XObject /Subtype /Form /BBox [0 0 0 0] /Length 0 >>\nstream\n"
                          "\nendstream\nendobj\n");
}

/* The place is signed where it stands, on its own page. */
static bool put_place(struct work *work)
{
    qpdf_data qpdf = work->write.pdf->qpdf;
    qpdf_oh signature = pdf_write_reference(&work->write, work->signature);
    qpdf_oh_replace_key(qpdf, work->place, "/V", signature);
    bool ok = pdf_write_object(&work->write, work->place);
    qpdf_oh_release(qpdf, signature);
    qpdf_oh_release(qpdf, work->place);
    return ok;
}

static bool put_beginning(struct work *work, const char time_digits[PDF_TIME_DIGITS + 1])
{
    struct buffer *tail = &work->write.tail;
    if (work->kind == PDF_UPDATE_TIMESTAMP) {
        return put_text(tail, "<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter "
                              "/ETSI.RFC3161 /ByteRange ");
    }
    return put_text(tail,
                    "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached "
                    "%s%sZ) /ByteRange ",
                    PDF_TIME_BEFORE, time_digits);
}

static bool put_signature(struct work *work, const char time_digits[PDF_TIME_DIGITS + 1])
{
    struct buffer *tail = &work->write.tail;
    if (!pdf_write_entry(&work->write, work->signature, 0) || !put_beginning(work, time_digits)) {
        return false;
    }
    work->range_at = tail->size;
    if (!put_text(tail, "%*s /Contents ", RANGE_WIDTH, "")) {
        return false;
    }
    work->range.gap_at = pdf_write_here(&work->write);
    uint8_t *contents = put_space(tail, 2 * PDF_CONTENTS_SIZE + 2);
    if (contents == NULL) {
        return false;
    }
    memset(contents, '0', 2 * PDF_CONTENTS_SIZE + 2);
    contents[0] = '<';
    contents[2 * PDF_CONTENTS_SIZE + 1] = '>';
    work->range.gap_end = pdf_write_here(&work->write);
    return put_text(tail, " >>\nendobj\n");
}

/* Fills in what is known only once all is written. */
static bool set_range(struct work *work)
{
    struct byte_range *range = &work->range;
    range->end = pdf_write_here(&work->write);
    char text[RANGE_WIDTH + 1];
    int length = snprintf(text, sizeof text, "[0 %" PRIu64 " %" PRIu64 " %" PRIu64 "]",
                          range->gap_at, range->gap_end, range->end - range->gap_end);
    if (length < 0 || length > RANGE_WIDTH) {
        return false;
    }
    memcpy(work->write.tail.bytes + work->range_at, text, (size_t)length);
    return true;
}

static bool build(struct work *work, struct pdf *pdf, time_t at)
{
    struct tm utc;
    char time_digits[PDF_TIME_DIGITS + 1];
    char name[PDF_REFERENCE_SIZE];
    if (gmtime_r(&at, &utc) == NULL ||
        strftime(time_digits, sizeof time_digits, "%Y%m%d%H%M%S", &utc) != PDF_TIME_DIGITS ||
        !pdf_write_begin(&work->write, pdf, time_digits)) {
        return false;
    }
    work->signature = pdf_write_number(&work->write);
    return put_form(work, name) &&
           (work->has_place ? put_place(work) : put_page(work) && put_field(work, name)) &&
           put_signature(work, time_digits) && pdf_write_end(&work->write) && set_range(work);
}

enum status pdf_update_build(struct pdf *pdf, enum pdf_update_kind kind, time_t at,
                             struct pdf_update *update, struct detail *detail)
{
    struct work work = {.kind = kind};
    bool ok = build(&work, pdf, at);
    enum status status = pdf_check(pdf, detail);
    if (status == STATUS_OK && !ok) {
        status = refuse(detail, STATUS_DOCUMENT_DAMAGED,
                        "the form, the first page's annotations or the trailer are not usable");
    }
    if (status != STATUS_OK) {
        pdf_write_free(&work.write);
        return status;
    }
    *update = (struct pdf_update){.tail = work.write.tail, .range = work.range};
    return STATUS_OK;
}
