#include "letters/pdf_changes.h"

#include <stdlib.h>
#include <string.h>

#include "letters/pdf_walk.h"

#define KEYS_MAX 12

struct comparison {
    struct pdf *before;
    struct pdf *after;
    struct pdf_walk walk; /* over `before` */
    struct pdf_changes changes;
    int root; /* object numbers in `before`; 0 where there is none */
    int form;
};

/* Keys that may differ, ended by NULL. */
typedef const char *const keys[KEYS_MAX];

static void add(struct comparison *comparison, enum pdf_change kind)
{
    comparison->changes.kinds |= kind;
}

static bool is_one_of(const char *key, const char *const list[])
{
    while (*list != NULL && strcmp(*list, key) != 0) {
        list++;
    }
    return *list != NULL;
}

static bool same_text(const struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    const char *text = qpdf_oh_unparse(comparison->before->qpdf, one);
    return strcmp(text, qpdf_oh_unparse(comparison->after->qpdf, other)) == 0;
}

static bool same_value(const struct comparison *comparison, qpdf_oh one, qpdf_oh other,
                       const char *key)
{
    qpdf_oh before = pdf_get(comparison->before, one, key);
    qpdf_oh after = pdf_get(comparison->after, other, key);
    bool same = same_text(comparison, before, after);
    qpdf_oh_release(comparison->before->qpdf, before);
    qpdf_oh_release(comparison->after->qpdf, after);
    return same;
}

/* Are all keys' values the same, but for those that may differ? */
static bool same_but(const struct comparison *comparison, qpdf_oh one, qpdf_oh other,
                     const char *const may_differ[])
{
    qpdf_data before = comparison->before->qpdf;
    qpdf_data after = comparison->after->qpdf;
    bool same = qpdf_oh_is_dictionary(after, other);
    if (same) {
        qpdf_oh_begin_dict_key_iter(before, one);
    }
    while (same && qpdf_oh_dict_more_keys(before)) {
        const char *key = qpdf_oh_dict_next_key(before);
        same = is_one_of(key, may_differ) || same_value(comparison, one, other, key);
    }
    if (same) {
        qpdf_oh_begin_dict_key_iter(after, other);
    }
    while (same && qpdf_oh_dict_more_keys(after)) {
        const char *key = qpdf_oh_dict_next_key(after);
        same = is_one_of(key, may_differ) || qpdf_oh_has_key(before, one, key);
    }
    return same;
}

static bool same_data(const struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    unsigned char *before = NULL;
    unsigned char *after = NULL;
    size_t before_size = 0;
    size_t after_size = 0;
    QPDF_BOOL filtered;
    bool same = (qpdf_oh_get_stream_data(comparison->before->qpdf, one, qpdf_dl_none, &filtered,
                                         &before, &before_size) &
                 QPDF_ERRORS) == 0 &&
                (qpdf_oh_get_stream_data(comparison->after->qpdf, other, qpdf_dl_none, &filtered,
                                         &after, &after_size) &
                 QPDF_ERRORS) == 0 &&
                before_size == after_size &&
                (before_size == 0 || memcmp(before, after, before_size) == 0);
    free(before);
    free(after);
    return same;
}

static bool same_stream(const struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    if (!qpdf_oh_is_stream(comparison->after->qpdf, other)) {
        return false;
    }
    qpdf_oh before = qpdf_oh_get_dict(comparison->before->qpdf, one);
    qpdf_oh after = qpdf_oh_get_dict(comparison->after->qpdf, other);
    bool same = same_text(comparison, before, after) && same_data(comparison, one, other);
    qpdf_oh_release(comparison->before->qpdf, before);
    qpdf_oh_release(comparison->after->qpdf, after);
    return same;
}

/* Two handles of the same object, in whole. */
static bool same_object(const struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    if (qpdf_oh_is_stream(comparison->before->qpdf, one)) {
        return same_stream(comparison, one, other);
    }
    const char *text = qpdf_oh_unparse_resolved(comparison->before->qpdf, one);
    return strcmp(text, qpdf_oh_unparse_resolved(comparison->after->qpdf, other)) == 0;
}

/* 12.5.2: an area of nothing, so that no appearance can be seen. */
static bool is_without_area(const struct pdf *pdf, qpdf_oh widget)
{
    qpdf_oh area = pdf_get(pdf, widget, "/Rect");
    double corners[4];
    bool ok = qpdf_oh_is_array(pdf->qpdf, area) && qpdf_oh_get_array_n_items(pdf->qpdf, area) == 4;
    for (int i = 0; ok && i < 4; i++) {
        qpdf_oh corner = qpdf_oh_get_array_item(pdf->qpdf, area, i);
        ok = qpdf_oh_get_value_as_number(pdf->qpdf, corner, &corners[i]);
        qpdf_oh_release(pdf->qpdf, corner);
    }
    qpdf_oh_release(pdf->qpdf, area);
    return ok && (corners[0] == corners[2] || corners[1] == corners[3]);
}

/* A field for a signature and nothing besides: no action, no child, no other kind of field. */
static bool is_plain_signature_field(const struct pdf *pdf, qpdf_oh field)
{
    static keys allowed = {"/Type", "/Subtype", "/FT", "/T",  "/F",    "/Ff",
                           "/Rect", "/P",       "/V",  "/AP", "/Lock", NULL};
    bool plain = qpdf_oh_is_dictionary(pdf->qpdf, field) && pdf_has_name(pdf, field, "/FT", "/Sig");
    if (plain) {
        qpdf_oh_begin_dict_key_iter(pdf->qpdf, field);
    }
    while (plain && qpdf_oh_dict_more_keys(pdf->qpdf)) {
        plain = is_one_of(qpdf_oh_dict_next_key(pdf->qpdf), allowed);
    }
    return plain;
}

static void add_new_item(struct comparison *comparison, qpdf_oh item, enum pdf_change otherwise)
{
    if (!is_plain_signature_field(comparison->after, item)) {
        add(comparison, otherwise);
    } else {
        add(comparison,
            is_without_area(comparison->after, item) ? PDF_CHANGE_SIGNATURE : PDF_CHANGE_OVERLAY);
    }
}

static int length_of(const struct pdf *pdf, qpdf_oh array)
{
    return qpdf_oh_is_array(pdf->qpdf, array) ? qpdf_oh_get_array_n_items(pdf->qpdf, array) : 0;
}

/* The old items must still be there, in their order; what stands between or behind is new. */
static void compare_lists(struct comparison *comparison, qpdf_oh one, qpdf_oh other,
                          enum pdf_change otherwise)
{
    const struct pdf *before = comparison->before;
    const struct pdf *after = comparison->after;
    int old_count = length_of(before, one);
    int new_count = length_of(after, other);
    int found = 0;
    for (int i = 0; i < new_count; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(after->qpdf, other, i);
        qpdf_oh old = found < old_count ? qpdf_oh_get_array_item(before->qpdf, one, found)
                                        : qpdf_oh_new_uninitialized(before->qpdf);
        if (found < old_count && same_text(comparison, old, item)) {
            found++;
        } else {
            add_new_item(comparison, item, otherwise);
        }
        qpdf_oh_release(before->qpdf, old);
        qpdf_oh_release(after->qpdf, item);
    }
    if (found < old_count || (new_count == 0 && !qpdf_oh_is_null(after->qpdf, other) &&
                              !qpdf_oh_is_array(after->qpdf, other))) {
        add(comparison, PDF_CHANGE_CONTENT);
    }
}

/* The lists under a key of two dictionaries; one that is an object of its own is done with. */
static bool compare_lists_at(struct comparison *comparison, qpdf_oh one, qpdf_oh other,
                             const char *key, enum pdf_change otherwise)
{
    qpdf_oh before = pdf_get(comparison->before, one, key);
    qpdf_oh after = pdf_get(comparison->after, other, key);
    compare_lists(comparison, before, after, otherwise);
    qpdf_oh_release(comparison->after->qpdf, after);
    bool ok = true;
    if (qpdf_oh_is_indirect(comparison->before->qpdf, before) &&
        qpdf_oh_is_array(comparison->before->qpdf, before)) {
        pdf_walk_skip(&comparison->walk, before);
        ok = pdf_walk_push_inside(&comparison->walk, before);
    }
    qpdf_oh_release(comparison->before->qpdf, before);
    return ok;
}

static bool compare_forms(struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    static keys same_form = {"/Fields", "/SigFlags", NULL};
    static keys new_form = {"/Fields", "/SigFlags", "/DA", "/DR", NULL};
    bool is_new = qpdf_oh_is_null(comparison->before->qpdf, one);
    if (is_new && qpdf_oh_is_null(comparison->after->qpdf, other)) {
        return true;
    }
    qpdf_oh none = qpdf_oh_new_dictionary(comparison->before->qpdf);
    qpdf_oh old = is_new ? none : one;
    if (!same_but(comparison, old, other, is_new ? new_form : same_form)) {
        add(comparison, PDF_CHANGE_CONTENT);
    }
    bool ok = compare_lists_at(comparison, old, other, "/Fields", PDF_CHANGE_FORM);
    qpdf_oh_release(comparison->before->qpdf, none);
    return ok;
}

static bool compare_form_of(struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    qpdf_oh before = pdf_get(comparison->before, one, "/AcroForm");
    qpdf_oh after = pdf_get(comparison->after, other, "/AcroForm");
    bool ok = compare_forms(comparison, before, after);
    qpdf_oh_release(comparison->before->qpdf, before);
    qpdf_oh_release(comparison->after->qpdf, after);
    return ok;
}

/* EN 319 142-1, 5.4: what is in a DSS says nothing by itself, so it may change as it likes, and is
 * taken out of the walk. */
static void look_at_validation_data(struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    qpdf_oh before = pdf_get(comparison->before, one, "/DSS");
    qpdf_oh after = pdf_get(comparison->after, other, "/DSS");
    if (!qpdf_oh_is_null(comparison->after->qpdf, after) &&
        (!same_text(comparison, before, after) || !same_object(comparison, before, after))) {
        add(comparison, PDF_CHANGE_VALIDATION);
    }
    qpdf_oh_remove_key(comparison->before->qpdf, one, "/DSS");
    qpdf_oh_release(comparison->before->qpdf, before);
    qpdf_oh_release(comparison->after->qpdf, after);
}

static bool compare_catalogues(struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    static keys apart = {"/AcroForm", "/DSS", "/Extensions", "/Version", NULL};
    if (!same_but(comparison, one, other, apart)) {
        add(comparison, PDF_CHANGE_CONTENT);
    }
    look_at_validation_data(comparison, one, other);
    return compare_form_of(comparison, one, other);
}

static bool compare_pages(struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    static keys apart = {"/Annots", NULL};
    if (!same_but(comparison, one, other, apart)) {
        add(comparison, PDF_CHANGE_CONTENT);
    }
    return compare_lists_at(comparison, one, other, "/Annots", PDF_CHANGE_ANNOTATION);
}

/* What became of a field, or of its widget. */
static enum pdf_change change_of_field(const struct comparison *comparison, qpdf_oh one,
                                       qpdf_oh other)
{
    static keys filled = {"/V", "/AP", "/AS", "/M", "/F", NULL};
    static keys signed_only = {"/V", "/M", "/F", NULL};
    if (!pdf_has_name(comparison->before, one, "/FT", "/Sig")) {
        static keys values = {"/V", "/AP", "/AS", "/M", NULL};
        return same_but(comparison, one, other, values) ? PDF_CHANGE_FORM : PDF_CHANGE_ANNOTATION;
    }
    if (qpdf_oh_has_key(comparison->before->qpdf, one, "/V") ||
        !same_but(comparison, one, other, filled)) {
        return PDF_CHANGE_CONTENT;
    }
    return same_but(comparison, one, other, signed_only) ||
                   is_without_area(comparison->after, other)
               ? PDF_CHANGE_SIGNATURE
               : PDF_CHANGE_OVERLAY;
}

static void compare_others(struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    const struct pdf *before = comparison->before;
    if (same_object(comparison, one, other)) {
        return;
    }
    bool is_dictionary = qpdf_oh_is_dictionary(before->qpdf, one) &&
                         qpdf_oh_is_dictionary(comparison->after->qpdf, other);
    if (is_dictionary && qpdf_oh_has_key(before->qpdf, one, "/FT")) {
        add(comparison, change_of_field(comparison, one, other));
    } else if (is_dictionary && qpdf_oh_has_key(before->qpdf, one, "/Subtype") &&
               qpdf_oh_has_key(before->qpdf, one, "/Rect")) {
        add(comparison, PDF_CHANGE_ANNOTATION);
    } else {
        add(comparison, PDF_CHANGE_CONTENT);
    }
}

static bool compare(struct comparison *comparison, qpdf_oh one, qpdf_oh other)
{
    qpdf_data qpdf = comparison->before->qpdf;
    int number = qpdf_oh_get_object_id(qpdf, one);
    bool is_dictionary = qpdf_oh_is_dictionary(comparison->after->qpdf, other);
    if (number == comparison->root && is_dictionary) {
        return compare_catalogues(comparison, one, other);
    }
    if (number == comparison->form) {
        return true; /* with the catalogue */
    }
    if (is_dictionary && qpdf_oh_is_dictionary(qpdf, one) &&
        pdf_has_name(comparison->before, one, "/Type", "/Page")) {
        return compare_pages(comparison, one, other);
    }
    compare_others(comparison, one, other);
    return true;
}

/* One object of the walk: compared if it has a number (what is written in another is its part). */
static bool take(struct comparison *comparison, qpdf_oh one)
{
    qpdf_data qpdf = comparison->before->qpdf;
    pdf_lock_note(comparison->before, one, &comparison->changes.lock);
    bool ok = true;
    if (qpdf_oh_is_indirect(qpdf, one)) {
        qpdf_oh other =
            qpdf_get_object_by_id(comparison->after->qpdf, qpdf_oh_get_object_id(qpdf, one),
                                  qpdf_oh_get_generation(qpdf, one));
        ok = compare(comparison, one, other);
        qpdf_oh_release(comparison->after->qpdf, other);
    }
    return ok && pdf_walk_push_inside(&comparison->walk, one);
}

static int number_at(const struct pdf *pdf, qpdf_oh dictionary, const char *key)
{
    qpdf_oh value = pdf_get(pdf, dictionary, key);
    int number =
        qpdf_oh_is_indirect(pdf->qpdf, value) ? qpdf_oh_get_object_id(pdf->qpdf, value) : 0;
    qpdf_oh_release(pdf->qpdf, value);
    return number;
}

static bool begin(struct comparison *comparison)
{
    qpdf_data qpdf = comparison->before->qpdf;
    qpdf_oh root = qpdf_get_root(qpdf);
    qpdf_oh new_root = qpdf_get_root(comparison->after->qpdf);
    comparison->root = qpdf_oh_get_object_id(qpdf, root);
    comparison->form = number_at(comparison->before, root, "/AcroForm");
    if (qpdf_oh_get_object_id(comparison->after->qpdf, new_root) != comparison->root) {
        add(comparison, PDF_CHANGE_CONTENT);
    }
    qpdf_oh_release(comparison->after->qpdf, new_root);
    return pdf_walk_push(&comparison->walk, root);
}

static bool walk(struct comparison *comparison)
{
    bool ok = begin(comparison);
    qpdf_oh object;
    while (ok && pdf_walk_next(&comparison->walk, &object)) {
        ok = take(comparison, object);
        qpdf_oh_release(comparison->before->qpdf, object);
    }
    return ok;
}

enum status pdf_changes_find(struct pdf *before, struct pdf *after, struct pdf_changes *changes,
                             struct detail *detail)
{
    struct comparison comparison = {
        .before = before, .after = after, .changes = {.lock = PDF_LOCK_NONE}};
    if (!pdf_walk_begin(&comparison.walk, before)) {
        return STATUS_INTERNAL;
    }
    bool ok = walk(&comparison);
    pdf_walk_end(&comparison.walk);
    enum status status = ok ? pdf_check(before, detail) : STATUS_INTERNAL;
    if (status == STATUS_OK) {
        status = pdf_check(after, detail);
    }
    if (status == STATUS_OK) {
        *changes = comparison.changes;
    }
    return status;
}
