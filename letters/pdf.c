#include "letters/pdf.h"

#include <string.h>

#include "letters/pdf_walk.h"

/* As far from the end as qpdf itself looks for the last startxref. */
#define END_SIZE 1054
#define OFFSET_DIGITS_MAX 10

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\r' || byte == '\n' || byte == '\t';
}

/* The number behind the last `startxref`. */
static bool find_xref(const uint8_t *bytes, size_t size, uint64_t *xref_at)
{
    static const char word[] = "startxref";
    size_t end = size > END_SIZE ? size - END_SIZE : 0;
    size_t at = size;
    do {
        if (at < end + strlen(word)) {
            return false;
        }
        at--;
    } while (size - at < strlen(word) || memcmp(bytes + at, word, strlen(word)) != 0);
    at += strlen(word);
    while (at < size && is_space(bytes[at])) {
        at++;
    }
    uint64_t offset = 0;
    size_t digits = 0;
    for (; at < size && bytes[at] >= '0' && bytes[at] <= '9'; at++, digits++) {
        if (digits == OFFSET_DIGITS_MAX) {
            return false;
        }
        offset = offset * 10 + (uint64_t)(bytes[at] - '0');
    }
    if (digits == 0 || offset + strlen("xref") > size) {
        return false;
    }
    *xref_at = offset;
    return true;
}

qpdf_oh pdf_get(const struct pdf *pdf, qpdf_oh dictionary, const char *key)
{
    if (!qpdf_oh_is_stream(pdf->qpdf, dictionary)) {
        return qpdf_oh_get_key_if_dict(pdf->qpdf, dictionary, key);
    }
    qpdf_oh inner = qpdf_oh_get_dict(pdf->qpdf, dictionary);
    qpdf_oh value = qpdf_oh_get_key(pdf->qpdf, inner, key);
    qpdf_oh_release(pdf->qpdf, inner);
    return value;
}

bool pdf_has_name(const struct pdf *pdf, qpdf_oh dictionary, const char *key, const char *name)
{
    qpdf_oh value = pdf_get(pdf, dictionary, key);
    bool equal = qpdf_oh_is_name_and_equals(pdf->qpdf, value, name);
    qpdf_oh_release(pdf->qpdf, value);
    return equal;
}

bool pdf_get_integer(const struct pdf *pdf, qpdf_oh dictionary, const char *key, long long *value)
{
    qpdf_oh number = pdf_get(pdf, dictionary, key);
    bool found = qpdf_oh_get_value_as_longlong(pdf->qpdf, number, value);
    qpdf_oh_release(pdf->qpdf, number);
    return found;
}

enum status pdf_check(struct pdf *pdf, struct detail *detail)
{
    qpdf_error error = NULL;
    if (qpdf_has_error(pdf->qpdf)) {
        error = qpdf_get_error(pdf->qpdf);
    } else if (qpdf_more_warnings(pdf->qpdf)) {
        error = qpdf_next_warning(pdf->qpdf);
    }
    if (error == NULL) {
        return STATUS_OK;
    }
    enum status status = qpdf_get_error_code(pdf->qpdf, error) == qpdf_e_password
                             ? STATUS_DOCUMENT_ENCRYPTED
                             : STATUS_DOCUMENT_DAMAGED;
    /* Not qpdf's own words: they may quote the document, and a detail may be logged. */
    return refuse(detail, status, "the PDF cannot be read as written, at or after byte %llu",
                  qpdf_get_error_file_position(pdf->qpdf, error));
}

static enum status parse(struct pdf *pdf, struct detail *detail)
{
    pdf->qpdf = qpdf_init();
    if (pdf->qpdf == NULL) {
        return STATUS_INTERNAL;
    }
    qpdf_silence_errors(pdf->qpdf);
    qpdf_set_suppress_warnings(pdf->qpdf, QPDF_TRUE);
    qpdf_set_attempt_recovery(pdf->qpdf, QPDF_FALSE);
    (void)qpdf_read_memory(pdf->qpdf, "document", (const char *)pdf->bytes, pdf->size, NULL);
    enum status status = pdf_check(pdf, detail);
    if (status == STATUS_OK && qpdf_is_encrypted(pdf->qpdf)) {
        return refuse(detail, STATUS_DOCUMENT_ENCRYPTED, "the document is encrypted");
    }
    return status;
}

/* Last kid first onto the pile, so that the first is looked at next. */
static bool push_kids(struct pdf_walk *walk, qpdf_oh node)
{
    qpdf_oh kids = pdf_get(walk->pdf, node, "/Kids");
    bool ok = qpdf_oh_is_array(walk->pdf->qpdf, kids);
    int count = ok ? qpdf_oh_get_array_n_items(walk->pdf->qpdf, kids) : 0;
    while (ok && count-- > 0) {
        qpdf_oh kid = qpdf_oh_get_array_item(walk->pdf->qpdf, kids, count);
        ok = qpdf_oh_is_indirect(walk->pdf->qpdf, kid) &&
             qpdf_oh_is_dictionary(walk->pdf->qpdf, kid);
        ok = pdf_walk_push(walk, kid) && ok;
    }
    qpdf_oh_release(walk->pdf->qpdf, kids);
    return ok;
}

/* Not qpdf_get_num_pages: it recurses as deep as a hostile page tree wants. */
static bool count_pages(struct pdf *pdf)
{
    struct pdf_walk walk;
    if (!pdf_walk_begin(&walk, pdf)) {
        return false;
    }
    qpdf_oh root = qpdf_get_root(pdf->qpdf);
    bool ok = !qpdf_has_error(pdf->qpdf) && pdf_walk_push(&walk, pdf_get(pdf, root, "/Pages"));
    qpdf_oh_release(pdf->qpdf, root);
    qpdf_oh node;
    while (ok && pdf_walk_next(&walk, &node)) {
        bool is_page = !qpdf_oh_has_key(pdf->qpdf, node, "/Kids");
        ok = is_page ? pdf_has_name(pdf, node, "/Type", "/Page") : push_kids(&walk, node);
        if (ok && is_page && pdf->pages++ == 0) {
            pdf->first_page = node;
        } else {
            qpdf_oh_release(pdf->qpdf, node);
        }
    }
    pdf_walk_end(&walk);
    return ok && pdf->pages > 0 && qpdf_oh_is_indirect(pdf->qpdf, pdf->first_page);
}

enum status pdf_open(const uint8_t *bytes, size_t size, struct pdf *pdf, struct detail *detail)
{
    static const char begin[] = "%PDF-1.";
    static const char begin_2[] = "%PDF-2.";
    struct pdf opened = {.bytes = bytes, .size = size};
    if (size < sizeof begin || (memcmp(bytes, begin, strlen(begin)) != 0 &&
                                memcmp(bytes, begin_2, strlen(begin_2)) != 0)) {
        return refuse(detail, STATUS_DOCUMENT_DAMAGED, "not a PDF: it does not begin with %%PDF-");
    }
    if (!find_xref(bytes, size, &opened.xref_at)) {
        return refuse(detail, STATUS_DOCUMENT_DAMAGED, "no startxref at the end");
    }
    opened.xref_is_stream = memcmp(bytes + opened.xref_at, "xref", strlen("xref")) != 0;
    enum status status = parse(&opened, detail);
    if (status == STATUS_OK && !count_pages(&opened)) {
        status = refuse(detail, STATUS_DOCUMENT_DAMAGED, "the page tree cannot be read");
    }
    if (status == STATUS_OK) {
        status = pdf_check(&opened, detail);
    }
    if (status != STATUS_OK) {
        pdf_close(&opened);
        return status;
    }
    *pdf = opened;
    return STATUS_OK;
}

void pdf_close(struct pdf *pdf)
{
    if (pdf->qpdf != NULL) {
        if (qpdf_has_error(pdf->qpdf)) {
            (void)qpdf_get_error(pdf->qpdf); /* qpdf prints what nobody has asked for */
        }
        qpdf_cleanup(&pdf->qpdf);
    }
    *pdf = (struct pdf){0};
}
