#include "letters/pdf_policy.h"

#include <string.h>

#include "certs/subject.h"
#include "letters/pdf_lock.h"
#include "letters/pdf_walk.h"

#define ANNOTATION_HIDDEN 0x02 /* 12.5.3 */
#define ANNOTATION_NO_VIEW 0x20

struct look {
    struct pdf *pdf;
    struct pades_facts *facts;
    struct detail *detail;
};

/* A dictionary with this key, and where `name` is given with this value under it, is refused. */
static const struct {
    const char *key;
    const char *name;
    const char *what;
} refused[] = {
    {"/JS", NULL, "JavaScript"},                             /* 12.6.4.16 */
    {"/S", "/JavaScript", "JavaScript"},                     /* 12.6.4.16 */
    {"/S", "/Launch", "an action that starts a program"},    /* 12.6.4.5 */
    {"/S", "/ImportData", "an action that imports data"},    /* 12.7.5.4 */
    {"/S", "/SubmitForm", "an action that sends data"},      /* 12.7.5.2 */
    {"/S", "/ResetForm", "an action that changes a form"},   /* 12.7.5.3 */
    {"/S", "/Hide", "an action that hides content"},         /* 12.6.4.10 */
    {"/S", "/SetOCGState", "an action that changes layers"}, /* 12.6.4.12 */
    {"/S", "/Rendition", "multimedia"},                      /* 12.6.4.13 */
    {"/S", "/GoTo3DView", "multimedia"},                     /* 12.6.4.15 */
    {"/S", "/RichMediaExecute", "multimedia"},               /* ISO 32000-2, 12.6.4.18 */
    {"/Subtype", "/RichMedia", "multimedia"},                /* ISO 32000-2, 13.7 */
    {"/Subtype", "/Screen", "multimedia"},                   /* 12.5.6.18 */
    {"/Subtype", "/Movie", "multimedia"},                    /* 12.5.6.17 */
    {"/Subtype", "/Sound", "multimedia"},                    /* 12.5.6.16 */
    {"/Subtype", "/3D", "multimedia"},                       /* 13.6.2 */
    {"/Subtype", "/PS", "PostScript"},                       /* 8.8.2 */
    {"/XFA", NULL, "a dynamic form (XFA)"},                  /* 12.7.8 */
    {"/Alternates", NULL, "alternate images"},               /* 8.9.5.4 */
    {"/OPI", NULL, "external content (OPI)"},                /* 14.11.7 */
};

static enum status look_for_refused(const struct look *look, qpdf_oh object)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        qpdf_oh value = pdf_get(look->pdf, object, refused[i].key);
        bool found = refused[i].name != NULL
                         ? qpdf_oh_is_name_and_equals(look->pdf->qpdf, value, refused[i].name)
                         : !qpdf_oh_is_null(look->pdf->qpdf, value);
        qpdf_oh_release(look->pdf->qpdf, value);
        if (found) {
            return refuse(look->detail, STATUS_POLICY_REFUSED, "the document holds %s",
                          refused[i].what);
        }
    }
    return STATUS_OK;
}

static bool has(const struct look *look, qpdf_oh object, const char *key)
{
    qpdf_oh value = pdf_get(look->pdf, object, key);
    bool found = !qpdf_oh_is_null(look->pdf->qpdf, value);
    qpdf_oh_release(look->pdf->qpdf, value);
    return found;
}

/* A stream whose data is in another file (7.3.8.2), a page of another file (8.10.4). */
static enum status look_for_external(const struct look *look, qpdf_oh object)
{
    if (qpdf_oh_is_stream(look->pdf->qpdf, object) &&
        (has(look, object, "/F") ||
         (has(look, object, "/Ref") && pdf_has_name(look->pdf, object, "/Subtype", "/Form")))) {
        return refuse(look->detail, STATUS_POLICY_REFUSED,
                      "the document takes content from another file");
    }
    return STATUS_OK;
}

static enum status look_for_hidden(const struct look *look, qpdf_oh object)
{
    long long flags = 0;
    if (has(look, object, "/Rect") && has(look, object, "/Subtype") &&
        !pdf_has_name(look->pdf, object, "/Subtype", "/Popup") &&
        !pdf_has_name(look->pdf, object, "/FT", "/Sig") &&
        pdf_get_integer(look->pdf, object, "/F", &flags) &&
        (flags & (ANNOTATION_HIDDEN | ANNOTATION_NO_VIEW)) != 0) {
        return refuse(look->detail, STATUS_POLICY_REFUSED, "the document holds hidden content");
    }
    /* A layer shown only while others are off, or by a formula (8.11.2.2). */
    if (pdf_has_name(look->pdf, object, "/Type", "/OCMD") &&
        (has(look, object, "/VE") || pdf_has_name(look->pdf, object, "/P", "/AllOff") ||
         pdf_has_name(look->pdf, object, "/P", "/AnyOff"))) {
        return refuse(look->detail, STATUS_POLICY_REFUSED, "the document holds hidden layers");
    }
    return STATUS_OK;
}

static enum status look_for_locks(const struct look *look, qpdf_oh object)
{
    enum pdf_lock lock = PDF_LOCK_NONE;
    pdf_lock_note(look->pdf, object, &lock);
    if (lock == PDF_LOCK_ALL) {
        return refuse(look->detail, STATUS_DOCUMENT_FORBIDS_CHANGE,
                      "an earlier signature forbids every change");
    }
    return STATUS_OK;
}

static void read_file_name(const struct look *look, qpdf_oh file, char text[PADES_NAME_MAX])
{
    static const char *const keys[] = {"/UF", "/F"}; /* 7.11.3 */
    static const char unnamed[] = "?";
    memcpy(text, unnamed, sizeof unnamed);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        qpdf_oh value = pdf_get(look->pdf, file, keys[i]);
        const char *name;
        size_t length;
        bool found = qpdf_oh_get_value_as_utf8(look->pdf->qpdf, value, &name, &length);
        if (found) {
            subject_safe_text(name, length, text, PADES_NAME_MAX);
        }
        qpdf_oh_release(look->pdf->qpdf, value);
        if (found) {
            return;
        }
    }
}

static enum status look_for_attachments(const struct look *look, qpdf_oh object)
{
    if (!has(look, object, "/EF")) {
        return STATUS_OK;
    }
    struct pades_facts *facts = look->facts;
    if (facts->not_shown_count == PADES_NOT_SHOWN_MAX) {
        return refuse(look->detail, STATUS_POLICY_REFUSED,
                      "the document holds more than %d attachments", PADES_NOT_SHOWN_MAX);
    }
    read_file_name(look, object, facts->not_shown[facts->not_shown_count++]);
    return STATUS_OK;
}

/* Layers may exist as long as all are shown, and nothing but the reader's hand can hide one
 * (8.11.4). */
static enum status look_at_layers(const struct look *look)
{
    qpdf_data qpdf = look->pdf->qpdf;
    qpdf_oh root = qpdf_get_root(qpdf);
    qpdf_oh layers = pdf_get(look->pdf, root, "/OCProperties");
    qpdf_oh usual = pdf_get(look->pdf, layers, "/D");
    qpdf_oh off = pdf_get(look->pdf, usual, "/OFF");
    bool hidden = (qpdf_oh_is_array(qpdf, off) && qpdf_oh_get_array_n_items(qpdf, off) > 0) ||
                  pdf_has_name(look->pdf, usual, "/BaseState", "/OFF") ||
                  pdf_has_name(look->pdf, usual, "/BaseState", "/Unchanged") ||
                  has(look, usual, "/AS") || has(look, layers, "/Configs");
    qpdf_oh_release(qpdf, off);
    qpdf_oh_release(qpdf, usual);
    qpdf_oh_release(qpdf, layers);
    qpdf_oh_release(qpdf, root);
    if (hidden) {
        return refuse(look->detail, STATUS_POLICY_REFUSED, "the document holds hidden layers");
    }
    return STATUS_OK;
}

static enum status look_at(const struct look *look, qpdf_oh object)
{
    static enum status (*const looks[])(const struct look *, qpdf_oh) = {
        look_for_refused, look_for_external, look_for_hidden, look_for_locks, look_for_attachments,
    };
    if (qpdf_oh_is_array(look->pdf->qpdf, object)) {
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof looks / sizeof *looks; i++) {
        status = looks[i](look, object);
    }
    return status;
}

static enum status look_everywhere(const struct look *look)
{
    struct pdf_walk walk;
    if (!pdf_walk_begin(&walk, look->pdf)) {
        return STATUS_INTERNAL;
    }
    enum status status =
        pdf_walk_push(&walk, qpdf_get_root(look->pdf->qpdf)) ? STATUS_OK : STATUS_INTERNAL;
    qpdf_oh object;
    while (status == STATUS_OK && pdf_walk_next(&walk, &object)) {
        status = look_at(look, object);
        if (status == STATUS_OK && !pdf_walk_push_inside(&walk, object)) {
            status = STATUS_INTERNAL;
        }
        qpdf_oh_release(look->pdf->qpdf, object);
    }
    pdf_walk_end(&walk);
    return status;
}

enum status pdf_check_policy(struct pdf *pdf, struct pades_facts *facts, struct detail *detail)
{
    const struct look look = {.pdf = pdf, .facts = facts, .detail = detail};
    enum status status = look_at_layers(&look);
    if (status == STATUS_OK) {
        status = look_everywhere(&look);
    }
    return status == STATUS_OK ? pdf_check(pdf, detail) : status;
}
