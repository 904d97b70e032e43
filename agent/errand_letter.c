#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/operation_private.h"

/* Wider than any screen has pixels for a page. */
#define PAGE_WIDTH_MAX 8192

/* ---- The pages that the person looks at ---- */

static void draw_next_page(struct operation *operation)
{
    struct page_wishes *pages = &operation->pages;
    if (pages->under_way || pages->count == 0 || operation->stage == STAGE_FINISH) {
        return;
    }
    if (document_page(operation->document, pages->list[0].number, pages->list[0].width)) {
        pages->under_way = true;
    } else {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-document cannot be asked");
    }
}

/* What a window asks for that is to show a letter, and no other. */
static bool is_page_wish(const struct operation *operation, size_t number, size_t width)
{
    return operation->view != NULL &&
           json_integer_value(json_object_get(operation->view->description, "pages")) >=
               (json_int_t)number &&
           number >= 1 && width >= 1 && width <= PAGE_WIDTH_MAX &&
           operation->pages.count < PAGES_WISHED_MAX;
}

void letter_take_page_wish(struct operation *operation, size_t number, size_t width)
{
    struct page_wishes *pages = &operation->pages;
    if (!is_page_wish(operation, number, width)) {
        operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE,
                         "piradi-prompt wants a page that there is not");
        return;
    }
    pages->list[pages->count++] = (struct page_wish){.number = number, .width = width};
    draw_next_page(operation);
}

void letter_picture_sent(struct operation *operation)
{
    operation->pages.under_way = false;
    draw_next_page(operation);
}

static void on_page(void *context, const struct buffer *picture)
{
    struct operation *operation = context;
    struct page_wishes *pages = &operation->pages;
    if (pages->count == 0) {
        return; /* the person looks at something else by now */
    }
    size_t number = pages->list[0].number;
    pages->count--;
    memmove(&pages->list[0], &pages->list[1], pages->count * sizeof pages->list[0]);
    if (!prompt_page(operation->prompt, number, picture)) {
        operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE, NULL);
    }
}

/* ---- The document ---- */

static void on_prepared(void *context, const struct document_view *view)
{
    struct operation *operation = context;
    operation->view = view;
    operation_begin_with_card(operation);
}

static void on_attributes(void *context, const char *to_be_signed)
{
    struct operation *operation = context;
    free(operation->to_be_signed);
    operation->to_be_signed = strdup(to_be_signed);
    if (operation->to_be_signed == NULL) {
        operation_refuse(operation, STATUS_INTERNAL, "memory is out");
    } else {
        operation_ask(operation);
    }
}

static void on_finished(void *context, int fd, uint64_t size)
{
    operation_give_document(context, fd, size);
}

static void on_document_refused(void *context, const struct refusal *refusal)
{
    operation_refuse_with(context, refusal);
}

static const struct document_handlers document_handlers = {
    .prepared = on_prepared,
    .page = on_page,
    .attributes = on_attributes,
    .finished = on_finished,
    .refused = on_document_refused,
};

static void begin(struct operation *operation)
{
    operation->document = document_open(operation->place->loop, operation->request.size,
                                        &document_handlers, operation);
    if (operation->document == NULL) {
        operation_refuse(operation, STATUS_INTERNAL, "no file for the document");
    } else {
        operation_enter(operation, STAGE_UPLOAD);
    }
}

void operation_upload(struct operation *operation, const uint8_t *bytes, size_t size)
{
    if (operation->request.errand != ERRAND_LETTER || operation->stage != STAGE_UPLOAD) {
        operation_refuse(operation, STATUS_BAD_REQUEST, "more data than announced");
        return;
    }
    enum status status = document_upload(operation->document, bytes, size);
    if (status != STATUS_OK) {
        operation_refuse(operation, status, NULL);
    } else if (!document_is_uploaded(operation->document)) {
        operation_enter(operation, STAGE_UPLOAD);
    } else if (document_prepare(operation->document, operation->request.name,
                                operation->request.media_type)) {
        operation_enter(operation, STAGE_PREPARE);
    } else {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-document cannot be asked");
    }
}

/* ---- The steps ---- */

static enum status check(struct operation *operation)
{
    return card_key_check(&operation->key, time(NULL));
}

static void found(struct operation *operation)
{
    if (document_attributes(operation->document, &operation->key)) {
        operation_enter(operation, STAGE_ATTRIBUTES);
    } else {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-document cannot be asked");
    }
}

static bool ask(struct operation *operation)
{
    struct prompt_scene scene = operation_scene(operation);
    const struct prompt_matter matter = {.document = operation->view,
                                         .other_cards = operation->keys.count > 1};
    operation->pages.under_way = true;
    return prompt_ask(operation->prompt, &scene, &operation->key, &matter);
}

static bool work(struct operation *operation)
{
    return worker_sign(operation->worker, operation->key.index, operation->to_be_signed);
}

static void have_signature(struct operation *operation, const char *signature,
                           const char *algorithm)
{
    (void)algorithm; /* piradi-document knows the key, too */
    if (document_finish(operation->document, signature)) {
        operation_enter(operation, STAGE_FINISH);
    } else {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-document cannot be asked");
    }
}

const struct errand_steps errand_letter = {
    .word = "sign",
    .purpose = "sign",
    .wants = FIND_CHAIN,
    .begin = begin,
    .check = check,
    .found = found,
    .ask = ask,
    .work = work,
    .signature = have_signature,
};
