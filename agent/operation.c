#include "agent/operation.h"

#include <fcntl.h>
#include <stdlib.h>

#include "agent/operation_private.h"
#include "base/log.h"

/* How long each stage may last, and what it means when it lasts longer. */
static const struct {
    uint64_t limit_ms;
    enum status status;
    const char *detail;
} stages[] = {
    [STAGE_UPLOAD] = {OPERATION_UPLOAD_MS, STATUS_BAD_REQUEST, "the document did not come"},
    [STAGE_PREPARE] = {OPERATION_DOCUMENT_MS, STATUS_INTERNAL, "piradi-document does not answer"},
    [STAGE_WAIT] = {OPERATION_PERSON_MS, STATUS_USER_TIMEOUT, "no card was put in"},
    [STAGE_FIND] = {OPERATION_CARD_MS, STATUS_CARD_TIMEOUT, "the worker does not answer"},
    [STAGE_CHOOSE] = {OPERATION_PERSON_MS, STATUS_USER_TIMEOUT, "no card was chosen"},
    [STAGE_ATTRIBUTES] = {OPERATION_DOCUMENT_MS, STATUS_INTERNAL,
                          "piradi-document does not answer"},
    [STAGE_PIN] = {OPERATION_PERSON_MS, STATUS_USER_TIMEOUT, "no PIN was entered"},
    [STAGE_CARD_WORK] = {OPERATION_CARD_MS, STATUS_CARD_TIMEOUT, "the worker does not answer"},
    [STAGE_PAD] = {OPERATION_PAD_MS, STATUS_CARD_TIMEOUT, "the worker does not answer"},
    [STAGE_FINISH] = {OPERATION_DOCUMENT_MS, STATUS_INTERNAL, "piradi-document does not answer"},
};

static const struct errand_steps *const errands[] = {
    [ERRAND_LOGIN] = &errand_login, [ERRAND_LETTER] = &errand_letter,
    [ERRAND_HASH] = &errand_hash,   [ERRAND_CERTIFICATE] = &errand_certificate,
    [ERRAND_PIN] = &errand_pin,
};

/* Who asks, for the log. */
static const char *asker(const struct operation *operation)
{
    const char *origin = operation->portal.origin;
    return origin[0] != '\0' ? origin : "this computer";
}

struct prompt_scene operation_scene(const struct operation *operation)
{
    return (struct prompt_scene){.purpose = operation->steps->purpose,
                                 .portal = &operation->portal,
                                 .verified = operation->request.verified,
                                 .unlisted = operation->request.unlisted};
}

/* ---- Its end ---- */

static void let_go(struct operation *operation)
{
    uv_timer_stop(&operation->place->limit);
    worker_release(&operation->worker);
    prompt_close(&operation->prompt);
    document_release(&operation->document);
    operation->place->current = NULL;
    if (operation->place->farewell == NULL) {
        warm_prompt_at_leisure(operation->place->warm);
    }
}

static void operation_free(struct operation *operation)
{
    json_decref(operation->found);
    json_decref(operation->object);
    free(operation->to_be_signed);
    free(operation);
}

static void farewell_over(void *context)
{
    struct operations *place = context;
    uv_timer_stop(&place->farewell_limit);
    prompt_close(&place->farewell);
    warm_prompt_at_leisure(place->warm);
}

static void on_farewell_limit(uv_timer_t *timer)
{
    farewell_over(timer->data);
}

/* A window that says farewell has nothing to choose, and asks no page. */
static void farewell_number(void *context, size_t number)
{
    (void)number;
    farewell_over(context);
}

static void farewell_page(void *context, size_t number, size_t width)
{
    (void)width;
    farewell_number(context, number);
}

static const struct prompt_handlers farewell_handlers = {
    .entered = farewell_over,
    .agreed = farewell_over,
    .chosen = farewell_number,
    .other = farewell_over,
    .page = farewell_page,
    .picture_sent = farewell_over,
    .cancelled = farewell_over,
    .closed = farewell_over,
    .gone = farewell_over,
};

/* The window stays to say how it ended, for longer than the operation lasts. */
static void leave_window(struct operation *operation)
{
    struct operations *place = operation->place;
    prompt_hand_over(operation->prompt, &farewell_handlers, place);
    place->farewell = operation->prompt;
    operation->prompt = NULL;
    uv_timer_start(&place->farewell_limit, on_farewell_limit, OPERATION_FAREWELL_MS, 0);
}

void operation_refuse_with(struct operation *operation, const struct refusal *refusal)
{
    log_info("%s for %s: %s%s%s", operation->steps->word, asker(operation),
             status_code(refusal->status), refusal->detail != NULL ? ", " : "",
             refusal->detail != NULL ? refusal->detail : "");
    if (operation->prompt != NULL && refusal->status != STATUS_USER_CANCELLED &&
        refusal->status != STATUS_PROMPT_UNAVAILABLE && prompt_fail(operation->prompt, refusal)) {
        leave_window(operation);
    }
    let_go(operation);
    operation->owner->refused(operation->context, refusal);
    operation_free(operation);
}

void operation_refuse(struct operation *operation, enum status status, const char *detail)
{
    const struct refusal refusal = {
        .status = status, .detail = detail, .tries_left = TRIES_UNKNOWN};
    operation_refuse_with(operation, &refusal);
}

static void on_limit(uv_timer_t *timer)
{
    struct operations *place = timer->data;
    enum stage stage = place->current->stage;
    operation_refuse(place->current, stages[stage].status, stages[stage].detail);
}

void operation_enter(struct operation *operation, enum stage stage)
{
    operation->stage = stage;
    uv_timer_start(&operation->place->limit, on_limit, stages[stage].limit_ms, 0);
}

void operation_answer(struct operation *operation, json_t *answer)
{
    if (answer == NULL) {
        operation_refuse(operation, STATUS_INTERNAL, "memory is out");
        return;
    }
    log_info("%s for %s: OK", operation->steps->word, asker(operation));
    let_go(operation);
    operation->owner->answered(operation->context, answer);
    operation_free(operation);
    json_decref(answer);
}

void operation_say_done(struct operation *operation)
{
    if (prompt_done(operation->prompt)) {
        leave_window(operation);
    }
}

void operation_give_document(struct operation *operation, int fd, uint64_t size)
{
    int signed_document = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (signed_document < 0) {
        operation_refuse(operation, STATUS_INTERNAL, "descriptors are out");
        return;
    }
    log_info("%s for %s: OK", operation->steps->word, asker(operation));
    let_go(operation);
    operation->owner->signed_document(operation->context, signed_document, size,
                                      operation->key.holder.name);
    operation_free(operation);
}

/* ---- Its beginning, and the place ---- */

enum status operation_new(struct operations *place, const struct request *request, json_t *object,
                          const struct portal *portal, const struct operation_owner *owner,
                          void *context, struct operation **created)
{
    if (place->current != NULL || place->reserved) {
        return STATUS_BUSY;
    }
    struct operation *operation = calloc(1, sizeof *operation);
    if (operation == NULL) {
        return STATUS_INTERNAL;
    }
    operation->place = place;
    operation->steps = errands[request->errand];
    operation->request = *request;
    operation->object = json_incref(object);
    operation->portal = *portal;
    operation->owner = owner;
    operation->context = context;
    place->current = operation;
    *created = operation;
    return STATUS_OK;
}

void operation_begin(struct operation *operation)
{
    farewell_over(operation->place);
    if (operation->steps->begin != NULL) {
        operation->steps->begin(operation);
    } else {
        operation_begin_with_card(operation);
    }
}

void operation_cancel(struct operation **handle)
{
    struct operation *operation = *handle;
    *handle = NULL;
    if (operation != NULL) {
        log_info("%s for %s: the caller went away", operation->steps->word, asker(operation));
        let_go(operation);
        operation_free(operation);
    }
}

void operations_expected(struct operations *place, bool expected)
{
    warm_prompt_want(place->warm, expected);
}

bool operations_reserve(struct operations *place)
{
    if (place->current != NULL || place->reserved) {
        return false;
    }
    place->reserved = true;
    return true;
}

void operations_give_back(struct operations *place)
{
    place->reserved = false;
}

void operations_readers_changed(struct operations *place)
{
    struct operation *operation = place->current;
    if (operation == NULL) {
        return;
    }
    operation->reader_changes++;
    switch (operation->stage) {
    case STAGE_WAIT:
    case STAGE_CHOOSE:
        operation_look_for_card(operation);
        break;
    case STAGE_ATTRIBUTES:
    case STAGE_PIN:
        if (operation_ended_without_card(operation)) {
            return;
        }
        break;
    case STAGE_UPLOAD:
    case STAGE_PREPARE:
    case STAGE_FIND:
    case STAGE_CARD_WORK: /* the worker tells */
    case STAGE_PAD:
    case STAGE_FINISH:
        break;
    }
}

struct operations *operations_new(uv_loop_t *loop, const struct readers *readers)
{
    struct operations *place = calloc(1, sizeof *place);
    if (place == NULL) {
        return NULL;
    }
    place->warm = warm_prompt_new(loop);
    if (place->warm == NULL) {
        free(place);
        return NULL;
    }
    place->loop = loop;
    place->readers = readers;
    place->limit.data = place;
    place->farewell_limit.data = place;
    place->handles_open = 2;
    uv_timer_init(loop, &place->limit);
    uv_timer_init(loop, &place->farewell_limit);
    return place;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct operations *place = handle->data;
    if (--place->handles_open == 0) {
        free(place->chosen[TRUST_LOGIN]);
        free(place->chosen[TRUST_SIGN]);
        free(place);
    }
}

void operations_end(struct operations *place)
{
    struct operation *operation = place->current;
    operation_cancel(&operation);
    farewell_over(place);
    warm_prompt_end(place->warm);
    uv_close((uv_handle_t *)&place->limit, on_handle_closed);
    uv_close((uv_handle_t *)&place->farewell_limit, on_handle_closed);
}
