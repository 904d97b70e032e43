/* What an operation asks of the person and, with what the person gave, of the card. */
#include "agent/operation_private.h"

void operation_ask(struct operation *operation)
{
    if (operation_ended_without_card(operation)) {
        return;
    }
    if (!operation->steps->ask(operation)) {
        operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE, NULL);
        return;
    }
    operation_enter(operation, STAGE_PIN);
    operation->owner->waiting(operation->context, "pin");
}

/* ---- The card ---- */

static void on_keys(void *context, json_t *keys)
{
    operation_take_keys(context, keys);
}

static void on_pin_refused(void *context, int tries_left)
{
    struct operation *operation = context;
    if (!prompt_pin_refused(operation->prompt, tries_left)) {
        operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE, NULL);
    } else if (!operation_ended_without_card(operation)) {
        operation_enter(operation, STAGE_PIN);
        operation->owner->waiting(operation->context, "pin");
    }
}

static void on_signature(void *context, const char *signature, const char *algorithm)
{
    struct operation *operation = context;
    worker_release(&operation->worker);
    if (operation->steps->signature != NULL) {
        operation->steps->signature(operation, signature, algorithm);
    } else {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-worker signed what nobody asked");
    }
}

static void on_pin_set(void *context)
{
    struct operation *operation = context;
    worker_release(&operation->worker);
    operation_say_done(operation);
    operation_answer(operation, json_pack("{s:s}", "status", status_code(STATUS_OK)));
}

static void on_worker_refused(void *context, const struct refusal *refusal)
{
    struct operation *operation = context;
    /* Its detail may name files of this computer, which is not for a portal. */
    const struct refusal told = {.status = refusal->status, .tries_left = refusal->tries_left};
    if (operation->stage == STAGE_FIND) {
        operation_not_found(operation, &told);
    } else if (refusal->status != STATUS_USER_CANCELLED || operation->key.pad) {
        operation_refuse_with(operation, &told);
    }
    /* Else the prompt is gone, and is about to say itself whether the person closed it. */
}

static void on_worker_broken(void *context)
{
    operation_refuse(context, STATUS_INTERNAL, "piradi-worker ended");
}

const struct worker_handlers operation_worker_handlers = {
    .keys = on_keys,
    .pin_refused = on_pin_refused,
    .signature = on_signature,
    .pin_set = on_pin_set,
    .refused = on_worker_refused,
    .broken = on_worker_broken,
};

/* ---- The person ---- */

static void work(struct operation *operation, enum stage stage)
{
    if (!operation->steps->work(operation)) {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-worker cannot be asked");
        return;
    }
    operation_enter(operation, stage);
    operation->owner->waiting(operation->context, stage == STAGE_PAD ? "pin" : "card-work");
}

static void on_prompt_gone(void *context)
{
    operation_refuse(context, STATUS_PROMPT_UNAVAILABLE, "piradi-prompt ended");
}

static void on_lie(struct operation *operation)
{
    operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE,
                     "piradi-prompt answered what nobody asked");
}

static void on_entered(void *context)
{
    struct operation *operation = context;
    if (operation->stage != STAGE_PIN || operation->steps->work == NULL || operation->key.pad) {
        on_lie(operation);
    } else {
        work(operation, STAGE_CARD_WORK);
    }
}

static void on_agreed(void *context)
{
    struct operation *operation = context;
    bool asked = operation->stage == STAGE_PIN;
    if (asked && operation->steps->agreed != NULL) {
        operation->steps->agreed(operation);
    } else if (asked && operation->key.pad) {
        work(operation, STAGE_PAD);
    } else {
        on_lie(operation);
    }
}

static void on_chosen(void *context, size_t index)
{
    operation_take_choice(context, index);
}

static void on_other(void *context)
{
    operation_choose_again(context);
}

static void on_page(void *context, size_t number, size_t width)
{
    letter_take_page_wish(context, number, width);
}

static void on_picture_sent(void *context)
{
    letter_picture_sent(context);
}

static void on_cancelled(void *context)
{
    operation_refuse(context, STATUS_USER_CANCELLED, NULL);
}

const struct prompt_handlers operation_prompt_handlers = {
    .entered = on_entered,
    .agreed = on_agreed,
    .chosen = on_chosen,
    .other = on_other,
    .page = on_page,
    .picture_sent = on_picture_sent,
    .cancelled = on_cancelled,
    .closed = on_prompt_gone,
    .gone = on_prompt_gone,
};
