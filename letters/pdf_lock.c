#include "letters/pdf_lock.h"

static void narrow(enum pdf_lock *lock, long long permission)
{
    if (permission >= PDF_LOCK_ALL && permission < (long long)*lock) {
        *lock = (enum pdf_lock)permission;
    }
}

static void note_certification(const struct pdf *pdf, qpdf_oh reference, enum pdf_lock *lock)
{
    qpdf_oh parameters = pdf_get(pdf, reference, "/TransformParams");
    long long permission;
    if (!pdf_get_integer(pdf, parameters, "/P", &permission)) {
        permission = PDF_LOCK_ANNOTATIONS; /* the default, table 254 */
    }
    qpdf_oh_release(pdf->qpdf, parameters);
    narrow(lock, permission);
}

static void note_field(const struct pdf *pdf, qpdf_oh field, enum pdf_lock *lock)
{
    qpdf_oh terms = pdf_get(pdf, field, "/Lock");
    long long permission;
    if (pdf_get_integer(pdf, terms, "/P", &permission)) {
        narrow(lock, permission);
    }
    qpdf_oh_release(pdf->qpdf, terms);
}

void pdf_lock_note(const struct pdf *pdf, qpdf_oh object, enum pdf_lock *lock)
{
    if (!qpdf_oh_is_dictionary(pdf->qpdf, object)) {
        return;
    }
    if (pdf_has_name(pdf, object, "/TransformMethod", "/DocMDP")) {
        note_certification(pdf, object, lock);
    }
    qpdf_oh value = pdf_get(pdf, object, "/V");
    if (qpdf_oh_is_dictionary(pdf->qpdf, value)) {
        note_field(pdf, object, lock);
    }
    qpdf_oh_release(pdf->qpdf, value);
}
