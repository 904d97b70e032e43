#include "agent/worker_link.h"

#include <stdlib.h>
#include <string.h>

#include "agent/child.h"

enum question { QUESTION_NONE, QUESTION_FIND, QUESTION_SIGNATURE, QUESTION_SET_PIN };

struct worker_link {
    struct child *child;
    const struct worker_handlers *handlers;
    void *context;
    enum question asked;
};

static void take_success(struct worker_link *worker, enum question asked, const json_t *answer)
{
    json_t *keys = json_object_get(answer, "keys");
    const char *signature = json_string_value(json_object_get(answer, "signature"));
    const char *algorithm = json_string_value(json_object_get(answer, "algorithm"));
    if (asked == QUESTION_FIND && json_array_size(keys) > 0) {
        worker->handlers->keys(worker->context, keys);
    } else if (asked == QUESTION_SIGNATURE && signature != NULL && algorithm != NULL) {
        worker->handlers->signature(worker->context, signature, algorithm);
    } else if (asked == QUESTION_SET_PIN) {
        worker->handlers->pin_set(worker->context);
    } else {
        worker->handlers->broken(worker->context);
    }
}

static void take_answer(struct worker_link *worker, const json_t *answer)
{
    enum question asked = worker->asked;
    struct refusal refusal = refusal_read(answer);
    const char *code = json_string_value(json_object_get(answer, "status"));
    bool needs_pin = asked == QUESTION_SIGNATURE || asked == QUESTION_SET_PIN;
    bool wrong_pin = refusal.status == STATUS_PIN_WRONG;
    worker->asked = QUESTION_NONE;
    if (asked == QUESTION_NONE || (wrong_pin && (!needs_pin || refusal.tries_left < 1))) {
        worker->handlers->broken(worker->context);
    } else if (code != NULL && strcmp(code, status_code(STATUS_OK)) == 0) {
        take_success(worker, asked, answer);
    } else if (wrong_pin) {
        worker->handlers->pin_refused(worker->context, refusal.tries_left);
    } else {
        worker->handlers->refused(worker->context, &refusal);
    }
}

static void on_frame(void *context, const struct frame *frame)
{
    struct worker_link *worker = context;
    json_t *object = frame_json(frame);
    take_answer(worker, object);
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
    worker->child = child_start(loop, "piradi-worker", NULL, &pin_fd, 1, &child_handlers, worker);
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

bool worker_find(struct worker_link *worker, enum trust_purpose purpose, unsigned wants)
{
    return ask(worker, QUESTION_FIND,
               json_pack("{s:s, s:s, s:b, s:b}", "command", "find", "purpose",
                         purpose_word(purpose), "chain", (wants & FIND_CHAIN) != 0, "unblocking",
                         (wants & FIND_UNBLOCKING) != 0));
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

bool worker_sign_hash(struct worker_link *worker, size_t key, const struct hash *hash)
{
    return ask(worker, QUESTION_SIGNATURE,
               json_pack("{s:s, s:I, s:s, s:s}", "command", "sign-hash", "key", (json_int_t)key,
                         "hash", hash->value, "hash_function", hash->function));
}

bool worker_set_pin(struct worker_link *worker, size_t key, enum pin_action action)
{
    return ask(worker, QUESTION_SET_PIN,
               json_pack("{s:s, s:I, s:s}", "command", "pin", "key", (json_int_t)key, "action",
                         pin_action_word(action)));
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
