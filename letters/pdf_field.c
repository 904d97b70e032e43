#include "letters/pdf_field.h"

static bool has(const struct pdf *pdf, qpdf_oh field, const char *key)
{
    return qpdf_oh_has_key(pdf->qpdf, field, key);
}

static bool is_for_signature(const struct pdf *pdf, qpdf_oh field)
{
    return qpdf_oh_is_indirect(pdf->qpdf, field) && qpdf_oh_is_dictionary(pdf->qpdf, field) &&
           pdf_has_name(pdf, field, "/FT", "/Sig");
}

/* Field and widget in one (12.5.6.19), so that the signature is where the person sees it. */
static bool is_whole(const struct pdf *pdf, qpdf_oh field)
{
    return pdf_has_name(pdf, field, "/Subtype", "/Widget") && !has(pdf, field, "/Kids") &&
           !has(pdf, field, "/Parent");
}

bool pdf_field_find_empty(const struct pdf *pdf, qpdf_oh form, qpdf_oh *field)
{
    qpdf_data qpdf = pdf->qpdf;
    qpdf_oh fields = pdf_get(pdf, form, "/Fields");
    int count = qpdf_oh_is_array(qpdf, fields) ? qpdf_oh_get_array_n_items(qpdf, fields) : 0;
    int found = 0;
    int at = 0;
    bool is_bound = false;
    for (int i = 0; i < count; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(qpdf, fields, i);
        if (is_for_signature(pdf, item)) {
            is_bound = is_bound || has(pdf, item, "/Lock");
            if (is_whole(pdf, item) && !has(pdf, item, "/V") && !has(pdf, item, "/SV")) {
                found++;
                at = i;
            }
        }
        qpdf_oh_release(qpdf, item);
    }
    bool ok = found == 1 && !is_bound;
    if (ok) {
        *field = qpdf_oh_get_array_item(qpdf, fields, at);
    }
    qpdf_oh_release(qpdf, fields);
    return ok;
}
