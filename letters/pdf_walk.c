#include "letters/pdf_walk.h"

#include <stdlib.h>

#define FIRST_CAPACITY 256

bool pdf_walk_begin(struct pdf_walk *walk, const struct pdf *pdf)
{
    *walk = (struct pdf_walk){.pdf = pdf, .seen = calloc(1, PDF_OBJECTS_MAX / 8 + 1)};
    return walk->seen != NULL;
}

void pdf_walk_end(struct pdf_walk *walk)
{
    while (walk->count > 0) {
        qpdf_oh_release(walk->pdf->qpdf, walk->pile[--walk->count]);
    }
    free(walk->pile);
    free(walk->seen);
}

static bool grow(struct pdf_walk *walk)
{
    size_t capacity = walk->capacity > 0 ? walk->capacity * 2 : FIRST_CAPACITY;
    qpdf_oh *pile = reallocarray(walk->pile, capacity, sizeof *pile);
    if (pile == NULL) {
        return false;
    }
    walk->pile = pile;
    walk->capacity = capacity;
    return true;
}

static bool mark_seen(struct pdf_walk *walk, int number)
{
    uint8_t *bits = &walk->seen[number / 8];
    uint8_t bit = (uint8_t)(1U << (number % 8));
    bool before = (*bits & bit) != 0;
    *bits |= bit;
    return before;
}

bool pdf_walk_push(struct pdf_walk *walk, qpdf_oh object)
{
    qpdf_data qpdf = walk->pdf->qpdf;
    int number = qpdf_oh_get_object_id(qpdf, object);
    bool possible = number >= 0 && number <= PDF_OBJECTS_MAX;
    if (!possible || qpdf_oh_is_scalar(qpdf, object) || (number > 0 && mark_seen(walk, number))) {
        qpdf_oh_release(qpdf, object);
        return possible;
    }
    if (walk->count == walk->capacity && !grow(walk)) {
        qpdf_oh_release(qpdf, object);
        return false;
    }
    walk->pile[walk->count++] = object;
    return true;
}

void pdf_walk_skip(struct pdf_walk *walk, qpdf_oh object)
{
    int number = qpdf_oh_get_object_id(walk->pdf->qpdf, object);
    if (number > 0 && number <= PDF_OBJECTS_MAX) {
        (void)mark_seen(walk, number);
    }
}

static bool push_items(struct pdf_walk *walk, qpdf_oh array)
{
    int count = qpdf_oh_get_array_n_items(walk->pdf->qpdf, array);
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        ok = pdf_walk_push(walk, qpdf_oh_get_array_item(walk->pdf->qpdf, array, i));
    }
    return ok;
}

static bool push_values(struct pdf_walk *walk, qpdf_oh dictionary)
{
    qpdf_data qpdf = walk->pdf->qpdf;
    bool ok = true;
    qpdf_oh_begin_dict_key_iter(qpdf, dictionary);
    while (ok && qpdf_oh_dict_more_keys(qpdf)) {
        ok = pdf_walk_push(walk, qpdf_oh_get_key(qpdf, dictionary, qpdf_oh_dict_next_key(qpdf)));
    }
    return ok;
}

bool pdf_walk_push_inside(struct pdf_walk *walk, qpdf_oh object)
{
    qpdf_data qpdf = walk->pdf->qpdf;
    if (qpdf_oh_is_array(qpdf, object)) {
        return push_items(walk, object);
    }
    if (qpdf_oh_is_dictionary(qpdf, object)) {
        return push_values(walk, object);
    }
    if (!qpdf_oh_is_stream(qpdf, object)) {
        return true;
    }
    qpdf_oh dictionary = qpdf_oh_get_dict(qpdf, object);
    bool ok = push_values(walk, dictionary);
    qpdf_oh_release(qpdf, dictionary);
    return ok;
}

bool pdf_walk_next(struct pdf_walk *walk, qpdf_oh *object)
{
    if (walk->count == 0) {
        return false;
    }
    *object = walk->pile[--walk->count];
    return true;
}
