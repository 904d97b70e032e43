#include "agent/operation.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/card_key.h"
#include "agent/document_link.h"
#include "agent/login_token.h"
#include "agent/prompt_link.h"
#include "agent/worker_link.h"
#include "base/log.h"

enum stage {
    STAGE_UPLOAD,
    STAGE_PREPARE,
    STAGE_WAIT,
    STAGE_FIND,
    STAGE_ATTRIBUTES,
    STAGE_PIN,
    STAGE_CARD_WORK,
    STAGE_FINISH,
};

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
    [STAGE_ATTRIBUTES] = {OPERATION_DOCUMENT_MS, STATUS_INTERNAL,
                          "piradi-document does not answer"},
    [STAGE_PIN] = {OPERATION_PERSON_MS, STATUS_USER_TIMEOUT, "no PIN was entered"},
    [STAGE_CARD_WORK] = {OPERATION_CARD_MS, STATUS_CARD_TIMEOUT, "the worker does not answer"},
    [STAGE_FINISH] = {OPERATION_DOCUMENT_MS, STATUS_INTERNAL, "piradi-document does not answer"},
};

struct operations {
    uv_loop_t *loop;
    const struct readers *readers;
    struct operation *current;
    bool reserved;                /* by what is no operation */
    uv_timer_t limit;             /* of the current operation's stage */
    struct prompt_link *farewell; /* a window that still says what went wrong */
    uv_timer_t farewell_limit;
    int handles_open;
};

struct operation {
    struct operations *place;
    struct request request;
    json_t *object; /* lends the request's texts */
    struct portal portal;
    const struct operation_owner *owner;
    void *context;

    enum stage stage;
    enum reader_need need;   /* in STAGE_WAIT */
    unsigned reader_changes; /* since the operation began */
    unsigned changes_at_find;
    unsigned pins_entered;
    unsigned pins_refused;

    struct worker_link *worker;
    struct prompt_link *prompt;
    struct document_link *document; /* of a signature */
    const struct document_view *view;
    json_t *keys; /* lends the key's texts */
    struct card_key key;
};

/* Who asks, for the log. */
static const char *asker(const struct operation *operation)
{
    const char *origin = operation->portal.origin;
    return origin[0] != '\0' ? origin : "this computer";
}

static struct prompt_scene scene_of(const struct operation *operation)
{
    return (struct prompt_scene){.purpose = operation->request.purpose,
                                 .portal = &operation->portal};
}

/* ---- Its end ---- */

static void let_go(struct operation *operation)
{
    uv_timer_stop(&operation->place->limit);
    worker_release(&operation->worker);
    prompt_close(&operation->prompt);
    document_release(&operation->document);
    operation->place->current = NULL;
}

static void operation_free(struct operation *operation)
{
    json_decref(operation->keys);
    json_decref(operation->object);
    free(operation);
}

static void farewell_over(void *context)
{
    struct operations *place = context;
    uv_timer_stop(&place->farewell_limit);
    prompt_close(&place->farewell);
}

static void on_farewell_limit(uv_timer_t *timer)
{
    farewell_over(timer->data);
}

static const struct prompt_handlers farewell_handlers = {
    .entered = farewell_over,
    .cancelled = farewell_over,
    .closed = farewell_over,
    .gone = farewell_over,
};

/* The window stays to say why, for longer than the operation lasts. */
static void say_farewell(struct operation *operation, const struct refusal *refusal)
{
    struct operations *place = operation->place;
    if (prompt_fail(operation->prompt, refusal)) {
        prompt_hand_over(operation->prompt, &farewell_handlers, place);
        place->farewell = operation->prompt;
        operation->prompt = NULL;
        uv_timer_start(&place->farewell_limit, on_farewell_limit, OPERATION_FAREWELL_MS, 0);
    }
}

static void refuse_with(struct operation *operation, const struct refusal *refusal)
{
    log_info("%s for %s: %s%s%s", purpose_word(operation->request.purpose), asker(operation),
             status_code(refusal->status), refusal->detail != NULL ? ", " : "",
             refusal->detail != NULL ? refusal->detail : "");
    if (operation->prompt != NULL && refusal->status != STATUS_USER_CANCELLED &&
        refusal->status != STATUS_PROMPT_UNAVAILABLE) {
        say_farewell(operation, refusal);
    }
    let_go(operation);
    operation->owner->refused(operation->context, refusal);
    operation_free(operation);
}

static void refuse(struct operation *operation, enum status status, const char *detail)
{
    const struct refusal refusal = {
        .status = status, .detail = detail, .tries_left = TRIES_UNKNOWN};
    refuse_with(operation, &refusal);
}

static void on_limit(uv_timer_t *timer)
{
    struct operations *place = timer->data;
    enum stage stage = place->current->stage;
    refuse(place->current, stages[stage].status, stages[stage].detail);
}

static void enter(struct operation *operation, enum stage stage)
{
    operation->stage = stage;
    uv_timer_start(&operation->place->limit, on_limit, stages[stage].limit_ms, 0);
}

static void succeed_login(struct operation *operation, json_t *token)
{
    if (token == NULL) {
        refuse(operation, STATUS_INTERNAL, "memory is out");
        return;
    }
    log_info("login for %s: OK", asker(operation));
    let_go(operation);
    operation->owner->logged_in(operation->context, token);
    operation_free(operation);
}

static void on_finished(void *context, int fd, uint64_t size)
{
    struct operation *operation = context;
    int signed_document = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (signed_document < 0) {
        refuse(operation, STATUS_INTERNAL, "descriptors are out");
        return;
    }
    log_info("sign for %s: OK", asker(operation));
    let_go(operation);
    operation->owner->signed_document(operation->context, signed_document, size,
                                      operation->key.holder.name);
    operation_free(operation);
}

/* ---- Waiting for a card, and finding the key ---- */

static const char *need_word(enum reader_need need)
{
    switch (need) {
    case NEED_PCSC:
        return "pcsc";
    case NEED_READER:
        return "reader";
    case NEED_NOTHING:
    case NEED_CARD:
    case NEED_OTHER_SIDE_UP:
        return "card";
    }
    return "card";
}

static void wait_for(struct operation *operation, enum reader_need need)
{
    if (operation->stage == STAGE_WAIT && operation->need == need) {
        return;
    }
    struct prompt_scene scene = scene_of(operation);
    if (!prompt_wait(operation->prompt, &scene, need_word(need))) {
        refuse(operation, STATUS_PROMPT_UNAVAILABLE, NULL);
        return;
    }
    operation->need = need;
    enter(operation, STAGE_WAIT);
    operation->owner->waiting(operation->context, need_word(need));
}

static void look_for_card(struct operation *operation)
{
    enum reader_need need = reader_states_need(readers_now(operation->place->readers));
    if (need == NEED_OTHER_SIDE_UP) {
        refuse(operation, STATUS_CARD_MUTE, NULL);
    } else if (need != NEED_NOTHING) {
        wait_for(operation, need);
    } else if (worker_find(operation->worker, operation->request.purpose)) {
        operation->changes_at_find = operation->reader_changes;
        enter(operation, STAGE_FIND);
    } else {
        refuse(operation, STATUS_INTERNAL, "piradi-worker cannot be asked");
    }
}

/* What the worker misses while the readers seemed to have it, and what to wait for then. */
static bool need_from_status(enum status status, enum reader_need *need)
{
    switch (status) {
    case STATUS_PCSC_UNAVAILABLE:
        *need = NEED_PCSC;
        return true;
    case STATUS_NO_READER:
        *need = NEED_READER;
        return true;
    case STATUS_NO_CARD:
        *need = NEED_CARD;
        return true;
    default:
        return false;
    }
}

static void not_found(struct operation *operation, const struct refusal *refusal)
{
    enum reader_need need;
    if (!need_from_status(refusal->status, &need)) {
        refuse_with(operation, refusal);
    } else if (operation->changes_at_find != operation->reader_changes) {
        look_for_card(operation);
    } else {
        wait_for(operation, need);
    }
}

/* ---- The PIN, and what the card does with it ---- */

/* Whether the card with the key went away while the person was, or is about to be, asked for its
 * PIN; the operation is over then. While the card works, the worker tells. */
static bool end_if_card_is_gone(struct operation *operation)
{
    const struct reader_states *now = readers_now(operation->place->readers);
    if (operation->reader_changes == operation->changes_at_find ||
        reader_states_has_card(now, operation->key.reader)) {
        return false;
    }
    refuse(operation, now->pcsc ? STATUS_CARD_REMOVED : STATUS_PCSC_UNAVAILABLE, NULL);
    return true;
}

static void ask_pin(struct operation *operation, bool worker_asked)
{
    struct prompt_scene scene = scene_of(operation);
    if (end_if_card_is_gone(operation)) {
        return;
    }
    if (!worker_asked) {
        refuse(operation, STATUS_INTERNAL, "piradi-worker cannot be asked");
    } else if (!prompt_ask(operation->prompt, &scene, &operation->key, operation->view)) {
        refuse(operation, STATUS_PROMPT_UNAVAILABLE, NULL);
    } else {
        enter(operation, STAGE_PIN);
        operation->owner->waiting(operation->context, "pin");
    }
}

static void on_keys(void *context, json_t *keys)
{
    struct operation *operation = context;
    operation->keys = json_incref(keys);
    if (!card_key_read(json_array_get(keys, 0), &operation->key)) {
        refuse(operation, STATUS_INTERNAL, "piradi-worker gave no proper key");
        return;
    }
    enum status usable = card_key_check(&operation->key, time(NULL));
    if (usable != STATUS_OK) {
        refuse(operation, usable, NULL);
    } else if (operation->request.purpose == TRUST_LOGIN) {
        ask_pin(operation, worker_login(operation->worker, 0, operation->portal.origin,
                                        operation->request.nonce));
    } else if (document_attributes(operation->document, &operation->key)) {
        enter(operation, STAGE_ATTRIBUTES);
    } else {
        refuse(operation, STATUS_INTERNAL, "piradi-document cannot be asked");
    }
}

static void on_attributes(void *context, const char *to_be_signed)
{
    struct operation *operation = context;
    ask_pin(operation, worker_sign(operation->worker, 0, to_be_signed));
}

/* The worker's word and the prompt's may cross, so that PINs are counted on both sides. */
static void tell_pin_or_work(struct operation *operation)
{
    bool working = operation->pins_entered > operation->pins_refused;
    if (!working && end_if_card_is_gone(operation)) {
        return;
    }
    enter(operation, working ? STAGE_CARD_WORK : STAGE_PIN);
    operation->owner->waiting(operation->context, working ? "card-work" : "pin");
}

static void on_pin_refused(void *context, int tries_left)
{
    struct operation *operation = context;
    operation->pins_refused++;
    if (!prompt_pin_refused(operation->prompt, tries_left)) {
        refuse(operation, STATUS_PROMPT_UNAVAILABLE, NULL);
        return;
    }
    tell_pin_or_work(operation);
}

static void on_signature(void *context, const char *signature)
{
    struct operation *operation = context;
    worker_release(&operation->worker);
    if (operation->request.purpose == TRUST_LOGIN) {
        json_t *token =
            login_token(operation->key.certificate, operation->key.algorithm, signature);
        succeed_login(operation, token);
        json_decref(token);
    } else if (document_finish(operation->document, signature)) {
        enter(operation, STAGE_FINISH);
    } else {
        refuse(operation, STATUS_INTERNAL, "piradi-document cannot be asked");
    }
}

static void on_worker_refused(void *context, const struct refusal *refusal)
{
    struct operation *operation = context;
    /* Its detail may name files of this computer, which is not for a portal. */
    const struct refusal told = {.status = refusal->status, .tries_left = refusal->tries_left};
    if (operation->stage == STAGE_FIND) {
        not_found(operation, &told);
    } else if (refusal->status != STATUS_USER_CANCELLED) {
        refuse_with(operation, &told);
    }
    /* Else the prompt is gone, and is about to say itself whether the person closed it. */
}

static void on_worker_broken(void *context)
{
    refuse(context, STATUS_INTERNAL, "piradi-worker ended");
}

static const struct worker_handlers worker_handlers = {
    .keys = on_keys,
    .pin_refused = on_pin_refused,
    .signature = on_signature,
    .refused = on_worker_refused,
    .broken = on_worker_broken,
};

/* ---- The person ---- */

static void on_entered(void *context)
{
    struct operation *operation = context;
    operation->pins_entered++;
    if (operation->stage == STAGE_PIN && operation->pins_entered > operation->pins_refused) {
        tell_pin_or_work(operation);
    }
}

static void on_cancelled(void *context)
{
    refuse(context, STATUS_USER_CANCELLED, NULL);
}

static void on_prompt_gone(void *context)
{
    refuse(context, STATUS_PROMPT_UNAVAILABLE, "piradi-prompt ended");
}

static const struct prompt_handlers prompt_handlers = {
    .entered = on_entered,
    .cancelled = on_cancelled,
    .closed = on_prompt_gone,
    .gone = on_prompt_gone,
};

static void begin_with_card(struct operation *operation)
{
    struct operations *place = operation->place;
    int pins[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pins) != 0) {
        refuse(operation, STATUS_INTERNAL, "descriptors are out");
        return;
    }
    farewell_over(place);
    operation->stage = STAGE_WAIT;
    operation->prompt = prompt_start(place->loop, pins[0], &prompt_handlers, operation);
    operation->worker = worker_start(place->loop, pins[1], &worker_handlers, operation);
    close(pins[0]);
    close(pins[1]);
    if (operation->prompt == NULL) {
        refuse(operation, STATUS_PROMPT_UNAVAILABLE, "piradi-prompt cannot be started");
    } else if (operation->worker == NULL) {
        refuse(operation, STATUS_INTERNAL, "piradi-worker cannot be started");
    } else {
        look_for_card(operation);
    }
}

/* ---- The document ---- */

static void on_prepared(void *context, const struct document_view *view)
{
    struct operation *operation = context;
    operation->view = view;
    begin_with_card(operation);
}

static void on_document_refused(void *context, const struct refusal *refusal)
{
    refuse_with(context, refusal);
}

static const struct document_handlers document_handlers = {
    .prepared = on_prepared,
    .attributes = on_attributes,
    .finished = on_finished,
    .refused = on_document_refused,
};

void operation_upload(struct operation *operation, const uint8_t *bytes, size_t size)
{
    if (operation->stage != STAGE_UPLOAD) {
        refuse(operation, STATUS_BAD_REQUEST, "more data than announced");
        return;
    }
    enum status status = document_upload(operation->document, bytes, size);
    if (status != STATUS_OK) {
        refuse(operation, status, NULL);
    } else if (!document_is_uploaded(operation->document)) {
        enter(operation, STAGE_UPLOAD);
    } else if (document_prepare(operation->document, operation->request.name,
                                operation->request.media_type)) {
        enter(operation, STAGE_PREPARE);
    } else {
        refuse(operation, STATUS_INTERNAL, "piradi-document cannot be asked");
    }
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
    if (operation->request.purpose == TRUST_LOGIN) {
        begin_with_card(operation);
        return;
    }
    operation->document = document_open(operation->place->loop, operation->request.size,
                                        &document_handlers, operation);
    if (operation->document == NULL) {
        refuse(operation, STATUS_INTERNAL, "no file for the document");
    } else {
        enter(operation, STAGE_UPLOAD);
    }
}

void operation_cancel(struct operation **handle)
{
    struct operation *operation = *handle;
    *handle = NULL;
    if (operation != NULL) {
        log_info("%s for %s: the caller went away", purpose_word(operation->request.purpose),
                 asker(operation));
        let_go(operation);
        operation_free(operation);
    }
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
    if (operation->stage == STAGE_WAIT) {
        look_for_card(operation);
    } else if (operation->stage == STAGE_ATTRIBUTES || operation->stage == STAGE_PIN) {
        (void)end_if_card_is_gone(operation);
    }
}

struct operations *operations_new(uv_loop_t *loop, const struct readers *readers)
{
    struct operations *place = calloc(1, sizeof *place);
    if (place == NULL) {
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
        free(place);
    }
}

void operations_end(struct operations *place)
{
    struct operation *operation = place->current;
    operation_cancel(&operation);
    farewell_over(place);
    uv_close((uv_handle_t *)&place->limit, on_handle_closed);
    uv_close((uv_handle_t *)&place->farewell_limit, on_handle_closed);
}
