#include "agent/document_link.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/child.h"
#include "agent/unlinked_file.h"

enum question {
    QUESTION_NONE,
    QUESTION_PREPARE,
    QUESTION_PAGE,
    QUESTION_ATTRIBUTES,
    QUESTION_FINISH
};

struct document_link {
    uv_loop_t *loop;
    const struct document_handlers *handlers;
    void *context;
    uint64_t upload_left; /* bytes */
    int upload;
    int prepared;
    struct child *child;
    enum question asked;
    enum question next; /* to be asked once a page has come; QUESTION_NONE: nothing */
    json_t *next_object;
    const char *name; /* lent by the question, while it is QUESTION_PREPARE */
    size_t picture_left;
    struct document_view view;
    struct buffer page;
};

static void refuse(struct document_link *document, const char *detail)
{
    const struct refusal refusal = {
        .status = STATUS_INTERNAL, .detail = detail, .tries_left = TRIES_UNKNOWN};
    document->handlers->refused(document->context, &refusal);
}

/* Takes the object over. */
static bool put_question(struct document_link *document, enum question question, json_t *object)
{
    bool ok = object != NULL && frame_stream_put_json(child_stream(document->child), object);
    json_decref(object);
    document->asked = ok ? question : QUESTION_NONE;
    return ok;
}

/* Takes the object over. */
static bool ask(struct document_link *document, enum question question, json_t *object)
{
    if (object != NULL && document->asked == QUESTION_PAGE && document->next == QUESTION_NONE) {
        document->next = question;
        document->next_object = object;
        return true;
    }
    if (document->asked != QUESTION_NONE) {
        json_decref(object);
        return false;
    }
    return put_question(document, question, object);
}

static void have_page(struct document_link *document)
{
    json_t *object = document->next_object;
    enum question next = document->next;
    document->next_object = NULL;
    document->next = QUESTION_NONE;
    document->asked = QUESTION_NONE;
    if (next != QUESTION_NONE && !put_question(document, next, object)) {
        refuse(document, "piradi-document cannot be asked");
        return;
    }
    document->handlers->page(document->context, &document->page);
}

static void have_picture(struct document_link *document)
{
    if (document->asked == QUESTION_PAGE) {
        have_page(document);
    } else {
        document->asked = QUESTION_NONE;
        document->handlers->prepared(document->context, &document->view);
    }
}

static void take_page(struct document_link *document, json_t *answer)
{
    json_t *size = json_object_get(answer, "image_size");
    if (!json_is_integer(size) || json_integer_value(size) < 0 ||
        json_integer_value(size) > DOCUMENT_PICTURE_MAX) {
        refuse(document, "piradi-document gave no proper page");
        return;
    }
    document->page.size = 0;
    document->picture_left = (size_t)json_integer_value(size);
    if (document->picture_left == 0) {
        have_page(document);
    }
}

static void take_prepared(struct document_link *document, json_t *answer)
{
    const char *status;
    const char *sha256;
    json_int_t pages;
    json_int_t size;
    json_int_t picture_size;
    json_t *not_shown;
    const char *text = NULL; /* of a letter that is no picture */
    if (json_unpack_ex(answer, NULL, JSON_STRICT, "{s:s, s:I, s:I, s:s, s:o, s:I, s?:s}", "status",
                       &status, "pages", &pages, "size", &size, "sha256", &sha256, "not_shown",
                       &not_shown, "image_size", &picture_size, "text", &text) != 0 ||
        picture_size < 0 || picture_size > DOCUMENT_PICTURE_MAX) {
        refuse(document, "piradi-document gave no proper description");
        return;
    }
    document->view.description = json_pack(
        "{s:s, s:I, s:s, s:I, s:O, s:I, s:s*}", "name", document->name, "size", size, "sha256",
        sha256, "pages", pages, "not_shown", not_shown, "image_size", picture_size, "text", text);
    document->picture_left = (size_t)picture_size;
    if (document->view.description == NULL) {
        refuse(document, NULL);
    } else if (document->picture_left == 0) {
        have_picture(document);
    }
}

static void take_attributes(struct document_link *document, json_t *answer)
{
    const char *to_be_signed = json_string_value(json_object_get(answer, "to_be_signed"));
    document->asked = QUESTION_NONE;
    if (to_be_signed == NULL) {
        refuse(document, "piradi-document gave no attributes");
    } else {
        document->handlers->attributes(document->context, to_be_signed);
    }
}

static void take_finished(struct document_link *document, json_t *answer)
{
    struct stat file;
    json_int_t size = json_integer_value(json_object_get(answer, "size"));
    document->asked = QUESTION_NONE;
    if (size < 1 || fstat(document->prepared, &file) != 0 || file.st_size != size) {
        refuse(document, "piradi-document finished another size");
    } else {
        document->handlers->finished(document->context, document->prepared, (uint64_t)size);
    }
}

static void take_answer(struct document_link *document, json_t *answer)
{
    const char *code = json_string_value(json_object_get(answer, "status"));
    enum status status;
    if (document->asked == QUESTION_NONE || document->picture_left > 0 || code == NULL ||
        !status_from_code(code, &status)) {
        refuse(document, "piradi-document spoke out of turn");
    } else if (status != STATUS_OK) {
        struct refusal refusal = refusal_read(answer);
        document->handlers->refused(document->context, &refusal);
    } else if (document->asked == QUESTION_PREPARE) {
        take_prepared(document, answer);
    } else if (document->asked == QUESTION_PAGE) {
        take_page(document, answer);
    } else if (document->asked == QUESTION_ATTRIBUTES) {
        take_attributes(document, answer);
    } else {
        take_finished(document, answer);
    }
}

static void take_picture(struct document_link *document, const struct frame *frame)
{
    struct buffer *picture =
        document->asked == QUESTION_PAGE ? &document->page : &document->view.picture;
    if (frame->size > document->picture_left || !put_bytes(picture, frame->payload, frame->size)) {
        refuse(document, "piradi-document gave too large a picture");
        return;
    }
    document->picture_left -= frame->size;
    if (document->picture_left == 0) {
        have_picture(document);
    }
}

static void on_frame(void *context, const struct frame *frame)
{
    struct document_link *document = context;
    if (frame->type == FRAME_DATA) {
        take_picture(document, frame);
        return;
    }
    json_t *answer = frame_json(frame);
    take_answer(document, answer);
    json_decref(answer);
}

static void on_ended(void *context)
{
    refuse(context, "piradi-document ended");
}

static const struct child_handlers child_handlers = {.frame = on_frame, .ended = on_ended};

struct document_link *document_open(uv_loop_t *loop, uint64_t size,
                                    const struct document_handlers *handlers, void *context)
{
    struct document_link *document = calloc(1, sizeof *document);
    if (document == NULL) {
        return NULL;
    }
    document->loop = loop;
    document->handlers = handlers;
    document->context = context;
    document->upload_left = size;
    buffer_init(&document->view.picture, DOCUMENT_PICTURE_MAX);
    buffer_init(&document->page, DOCUMENT_PICTURE_MAX);
    document->upload = unlinked_file_open();
    document->prepared = unlinked_file_open();
    if (document->upload < 0 || document->prepared < 0) {
        document_release(&document);
    }
    return document;
}

enum status document_upload(struct document_link *document, const uint8_t *bytes, size_t size)
{
    if (size > document->upload_left) {
        return STATUS_BAD_REQUEST;
    }
    document->upload_left -= size;
    return unlinked_file_append(document->upload, bytes, size);
}

bool document_is_uploaded(const struct document_link *document)
{
    return document->upload_left == 0;
}

static bool start_child(struct document_link *document)
{
    int upload = unlinked_file_reopen_to_read(document->upload);
    if (upload < 0) {
        return false;
    }
    const int descriptors[] = {upload, document->prepared};
    document->child = child_start(document->loop, "piradi-document", NULL, descriptors, 2,
                                  &child_handlers, document);
    close(upload);
    return document->child != NULL;
}

bool document_prepare(struct document_link *document, const char *name, const char *media_type)
{
    document->name = name;
    return start_child(document) && ask(document, QUESTION_PREPARE,
                                        json_pack("{s:s, s:s, s:s}", "command", "prepare", "name",
                                                  name, "media_type", media_type));
}

bool document_page(struct document_link *document, size_t number, size_t width)
{
    return ask(document, QUESTION_PAGE,
               json_pack("{s:s, s:I, s:I}", "command", "page", "number", (json_int_t)number,
                         "width", (json_int_t)width));
}

bool document_attributes(struct document_link *document, const struct card_key *key)
{
    return ask(document, QUESTION_ATTRIBUTES,
               json_pack("{s:s, s:s, s:O}", "command", "attributes", "certificate",
                         key->certificate, "chain", key->chain));
}

bool document_finish(struct document_link *document, const char *signature)
{
    return ask(document, QUESTION_FINISH,
               json_pack("{s:s, s:s}", "command", "finish", "signature", signature));
}

void document_release(struct document_link **handle)
{
    struct document_link *document = *handle;
    *handle = NULL;
    if (document == NULL) {
        return;
    }
    child_release(&document->child);
    if (document->upload >= 0) {
        close(document->upload);
    }
    if (document->prepared >= 0) {
        close(document->prepared);
    }
    json_decref(document->view.description);
    json_decref(document->next_object);
    buffer_free(&document->view.picture);
    buffer_free(&document->page);
    free(document);
}
