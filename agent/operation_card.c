/* How an operation comes to a card and its key: waiting, finding, choosing. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/operation_private.h"
#include "agent/terminal.h"

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
    struct prompt_scene scene = operation_scene(operation);
    if (!prompt_wait(operation->prompt, &scene, need_word(need))) {
        operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE, NULL);
        return;
    }
    operation->need = need;
    operation_enter(operation, STAGE_WAIT);
    operation->owner->waiting(operation->context, need_word(need));
}

void operation_look_for_card(struct operation *operation)
{
    enum reader_need need = reader_states_need(readers_now(operation->place->readers));
    if (need == NEED_OTHER_SIDE_UP) {
        operation_refuse(operation, STATUS_CARD_MUTE, NULL);
    } else if (need != NEED_NOTHING) {
        wait_for(operation, need);
    } else if (worker_find(operation->worker, operation->request.purpose,
                           operation->steps->wants)) {
        operation->changes_at_find = operation->reader_changes;
        operation_enter(operation, STAGE_FIND);
    } else {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-worker cannot be asked");
    }
}

/* The terminal that the request names, if the person has no display; else -1. */
static int terminal_of(const struct operation *operation)
{
    const char *name = operation->request.terminal;
    return name != NULL && !terminal_is_not_needed() ? terminal_open(name) : -1;
}

/* A prompt of the operation's own, and the descriptor from which its PINs come; false, with the
 * prompt missing, if there can be none. */
static bool start_prompt(struct operation *operation, int *pins)
{
    uv_loop_t *loop = operation->place->loop;
    int terminal = terminal_of(operation);
    int pair[2];
    if (terminal < 0) {
        operation->prompt =
            warm_prompt_take(operation->place->warm, &operation_prompt_handlers, operation, pins);
    }
    if (operation->prompt == NULL &&
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0) {
        operation->prompt =
            prompt_start(loop, pair[0], terminal, &operation_prompt_handlers, operation);
        close(pair[0]);
        *pins = pair[1];
        if (operation->prompt == NULL) {
            close(pair[1]);
        }
    }
    if (terminal >= 0) {
        close(terminal);
    }
    return operation->prompt != NULL;
}

void operation_begin_with_card(struct operation *operation)
{
    int pins = -1;
    operation->stage = STAGE_FIND;
    if (!start_prompt(operation, &pins)) {
        operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE, "piradi-prompt cannot be started");
        return;
    }
    operation->worker =
        worker_start(operation->place->loop, pins, &operation_worker_handlers, operation);
    close(pins);
    if (operation->worker == NULL) {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-worker cannot be started");
    } else {
        operation_look_for_card(operation);
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

void operation_not_found(struct operation *operation, const struct refusal *refusal)
{
    enum reader_need need;
    if (operation->changes_at_find != operation->reader_changes) {
        operation_look_for_card(operation);
    } else if (need_from_status(refusal->status, &need)) {
        wait_for(operation, need);
    } else {
        operation_refuse_with(operation, refusal);
    }
}

bool operation_ended_without_card(struct operation *operation)
{
    const struct reader_states *now = readers_now(operation->place->readers);
    if (operation->reader_changes == operation->changes_at_find ||
        reader_states_has_card(now, operation->key.reader)) {
        return false;
    }
    operation_refuse(operation, now->pcsc ? STATUS_CARD_REMOVED : STATUS_PCSC_UNAVAILABLE, NULL);
    return true;
}

static void go_on_with(struct operation *operation, size_t index)
{
    operation->key = operation->keys.list[index];
    enum status usable = operation->steps->check(operation);
    if (usable != STATUS_OK) {
        operation_refuse(operation, usable, NULL);
    } else {
        operation->steps->found(operation);
    }
}

static void choose(struct operation *operation)
{
    struct prompt_scene scene = operation_scene(operation);
    if (!prompt_choose(operation->prompt, &scene, &operation->keys)) {
        operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE, NULL);
        return;
    }
    operation_enter(operation, STAGE_CHOOSE);
    operation->owner->waiting(operation->context, "card");
}

void operation_take_keys(struct operation *operation, json_t *keys)
{
    const char *chosen = operation->place->chosen[operation->request.purpose];
    json_decref(operation->found);
    operation->found = json_incref(keys);
    if (!card_keys_read(keys, &operation->keys)) {
        operation_refuse(operation, STATUS_INTERNAL, "piradi-worker gave no proper key");
        return;
    }
    card_keys_narrow(&operation->keys, operation->request.certificate, time(NULL));
    if (operation->keys.count == 0) {
        operation_refuse(operation, STATUS_NO_CERTIFICATE, NULL);
        return;
    }
    for (size_t i = 0; i < operation->keys.count; i++) {
        bool was_chosen =
            chosen != NULL && strcmp(operation->keys.list[i].certificate, chosen) == 0;
        if (operation->keys.count == 1 || was_chosen) {
            go_on_with(operation, i);
            return;
        }
    }
    choose(operation);
}

void operation_take_choice(struct operation *operation, size_t index)
{
    if (operation->stage != STAGE_CHOOSE) {
        return; /* of a list that is no longer so */
    }
    if (index >= operation->keys.count) {
        operation_refuse(operation, STATUS_PROMPT_UNAVAILABLE, "piradi-prompt chose no card");
        return;
    }
    char **chosen = &operation->place->chosen[operation->request.purpose];
    free(*chosen);
    *chosen =
        operation->request.forgets_choice ? NULL : strdup(operation->keys.list[index].certificate);
    go_on_with(operation, index);
}

void operation_choose_again(struct operation *operation)
{
    char **chosen = &operation->place->chosen[operation->request.purpose];
    if (operation->stage == STAGE_PIN && operation->keys.count > 1) {
        free(*chosen);
        *chosen = NULL;
        operation->pages.count = 0;
        operation_look_for_card(operation);
    }
}
