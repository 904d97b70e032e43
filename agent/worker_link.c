#include "agent/worker_link.h"

#include <stdlib.h>
#include <string.h>

#include "agent/child.h"

enum question { QUESTION_NONE, QUESTION_FIND, QUESTION_SIGNATURE };

struct worker_link {
    struct child *child;
    const struct worker_handlers *handlers;
    void *context;
    enum question asked;
};

static void take_pin_event(struct worker_link *worker, const json_t *event)
{
    struct refusal refusal = refusal_read(event);
    const char *name = json_string_value(json_object_get(event, "event"));
    if (worker->asked != QUESTION_SIGNATURE || name == NULL || strcmp(name, "pin") != 0 ||
        refusal.status != STATUS_PIN_WRONG || refusal.tries_left < 1) {
        worker->handlers->broken(worker->context);
    } else {
        worker->handlers->pin_refused(worker->context, refusal.tries_left);
    }
}

static void take_answer(struct worker_link *worker, const json_t *answer)
{
    enum question asked = worker->asked;
    worker->asked = QUESTION_NONE;
    struct refusal refusal = refusal_read(answer);
    const char *code = json_string_value(json_object_get(answer, "status"));
    json_t *keys = json_object_get(answer, "keys");
    const char *signature = json_string_value(json_object_get(answer, "signature"));
    bool ok = code != NULL && strcmp(code, status_code(STATUS_OK)) == 0;
    if (ok && asked == QUESTION_FIND && json_array_size(keys) > 0) {
        worker->handlers->keys(worker->context, keys);
    } else if (ok && asked == QUESTION_SIGNATURE && signature != NULL) {
        worker->handlers->signature(worker->context, signature);
    } else if (ok || asked == QUESTION_NONE) {
        worker->handlers->broken(worker->context);
    } else {
        worker->handlers->refused(worker->context, &refusal);
    }
}

static void on_frame(void *context, const struct frame *frame)
{
    struct worker_link *worker = context;
    json_t *object = frame_json(frame);
    if (object == NULL) {
        worker->handlers->broken(worker->context);
    } else if (json_object_get(object, "event") != NULL) {
        take_pin_event(worker, object);
    } else {
        take_answer(worker, object);
    }
    json_decref(object);
}

static void on_ended(void *context)
{
    struct worker_link *worker = context;
    worker->handlers->broken(worker->context);
}

static const struct child_handlers child_handlers = {.frame = on_frame, .ended = on_ended};

struct worker_link *worker_start(uv_loop_t *loop, int pin_fd,
                                 const struct worker_handlers *handlers, void *context)
{
    struct worker_link *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return NULL;
    }
    worker->handlers = handlers;
    worker->context = context;
    worker->child = child_start(loop, "piradi-worker", &pin_fd, 1, &child_handlers, worker);
    if (worker->child == NULL) {
        free(worker);
        return NULL;
    }
    return worker;
}

/* Takes the object over. */
static bool ask(struct worker_link *worker, enum question question, json_t *object)
{
    bool ok = object != NULL && worker->asked == QUESTION_NONE &&
              frame_stream_put_json(child_stream(worker->child), object);
    json_decref(object);
    if (ok) {
        worker->asked = question;
    }
    return ok;
}

bool worker_find(struct worker_link *worker, enum trust_purpose purpose)
{
    return ask(worker, QUESTION_FIND,
               json_pack("{s:s, s:s}", "command", "find", "purpose", purpose_word(purpose)));
}

bool worker_login(struct worker_link *worker, size_t key, const char *origin, const char *nonce)
{
    return ask(worker, QUESTION_SIGNATURE,
               json_pack("{s:s, s:I, s:s, s:s}", "command", "login", "key", (json_int_t)key,
                         "origin", origin, "nonce", nonce));
}

bool worker_sign(struct worker_link *worker, size_t key, const char *to_be_signed)
{
    return ask(worker, QUESTION_SIGNATURE,
               json_pack("{s:s, s:I, s:s}", "command", "sign", "key", (json_int_t)key,
                         "to_be_signed", to_be_signed));
}

void worker_release(struct worker_link **handle)
{
    struct worker_link *worker = *handle;
    *handle = NULL;
    if (worker != NULL) {
        child_release(&worker->child);
        free(worker);
    }
}
