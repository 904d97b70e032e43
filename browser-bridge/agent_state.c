#include "browser-bridge/agent_state.h"

#include <stdlib.h>
#include <string.h>

#include "agent/client.h"
#include "base/log.h"
#include "browser-bridge/patience.h"

#define ANSWER_MS 5000
#define LOOK_AGAIN_MS 1000
#define VERSION_MAX 64
#define READERS_MAX 16 /* PCSCLITE_MAX_READERS_CONTEXTS */

struct agent_state {
    uv_loop_t *loop;
    uv_timer_t timer; /* for the answer while asking, to look again while absent */
    struct agent_client *status;
    struct agent_client *watch;
    bool has_readers;
    bool running; /* both have answered */
    bool pcsc;
    json_t *readers;
    char version[VERSION_MAX];
    uint64_t number;
    struct agent_watcher *watchers;
};

static void on_timer(uv_timer_t *timer);

static bool is_asking(const struct agent_state *state)
{
    return state->watch != NULL && !state->running;
}

static void tell_watchers(struct agent_state *state)
{
    for (struct agent_watcher *watcher = state->watchers; watcher != NULL;
         watcher = watcher->next) {
        watcher->changed(watcher);
    }
}

static void look_again_later(struct agent_state *state)
{
    if (state->watchers != NULL) {
        uv_timer_start(&state->timer, on_timer, patience(LOOK_AGAIN_MS), 0);
    } else {
        uv_timer_stop(&state->timer);
    }
}

static void disconnect(struct agent_state *state)
{
    agent_client_close(&state->status);
    agent_client_close(&state->watch);
    state->has_readers = false;
    state->version[0] = '\0';
}

static void lose_agent(struct agent_state *state, const char *why)
{
    if (why != NULL) {
        log_warning("the agent's state: %s", why);
    }
    disconnect(state);
    if (state->running) {
        state->running = false;
        state->number++;
    }
    look_again_later(state);
    tell_watchers(state);
}

static void check_answered(struct agent_state *state)
{
    if (!state->running && state->has_readers && state->version[0] != '\0') {
        state->running = true;
        state->number++;
        uv_timer_stop(&state->timer);
        tell_watchers(state);
    }
}

static void on_status(void *context, enum status status, const json_t *answer)
{
    struct agent_state *state = context;
    const char *version = json_string_value(json_object_get(answer, "version"));
    if (status != STATUS_OK || version == NULL || version[0] == '\0' ||
        strlen(version) >= sizeof state->version) {
        lose_agent(state, "it did not tell its version");
        return;
    }
    memcpy(state->version, version, strlen(version) + 1);
    agent_client_close(&state->status);
    check_answered(state);
}

static bool is_card_state(const char *text)
{
    static const char *const known[] = {"absent", "present", "mute", "in-use"};
    for (size_t i = 0; text != NULL && i < sizeof known / sizeof *known; i++) {
        if (strcmp(text, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *nameless_reader(const json_t *reader)
{
    const char *card = json_string_value(json_object_get(reader, "card"));
    return is_card_state(card) ? json_pack("{s:s, s:b}", "card", card, "contactless",
                                           json_is_true(json_object_get(reader, "contactless")))
                               : NULL;
}

/* The readers without their names; NULL when the list is not what the agent may send. */
static json_t *nameless(const json_t *readers)
{
    size_t i;
    const json_t *reader;
    json_t *list =
        json_is_array(readers) && json_array_size(readers) <= READERS_MAX ? json_array() : NULL;
    json_array_foreach (readers, i, reader) {
        if (list == NULL || json_array_append_new(list, nameless_reader(reader)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static void on_event(void *context, const json_t *event)
{
    struct agent_state *state = context;
    bool pcsc = !json_is_false(json_object_get(event, "pcsc"));
    json_t *readers = nameless(json_object_get(event, "readers"));
    if (readers == NULL) {
        lose_agent(state, "it sent a list of readers that is none");
        return;
    }
    bool changed = !json_equal(state->readers, readers) || state->pcsc != pcsc;
    json_decref(state->readers);
    state->readers = readers;
    state->pcsc = pcsc;
    state->has_readers = true;
    if (!state->running) {
        check_answered(state);
    } else if (changed) {
        state->number++;
        tell_watchers(state);
    }
}

static void on_watch_answer(void *context, enum status status, const json_t *answer)
{
    (void)status;
    (void)answer;
    lose_agent(context, "it refused to be watched");
}

static void on_ended(void *context, enum agent_client_end end)
{
    (void)end;
    lose_agent(context, NULL);
}

static const struct agent_client_handlers status_handlers = {
    .answer = on_status,
    .ended = on_ended,
};

static const struct agent_client_handlers watch_handlers = {
    .event = on_event,
    .answer = on_watch_answer,
    .ended = on_ended,
};

static struct agent_client *start(struct agent_state *state, const char *command,
                                  const struct agent_client_handlers *handlers)
{
    json_t *request = json_pack("{s:s}", "command", command);
    struct agent_client *client =
        request != NULL ? agent_client_start(state->loop, request, handlers, state) : NULL;
    json_decref(request);
    return client;
}

bool agent_state_ask(struct agent_state *state)
{
    if (state->watch == NULL) {
        state->status = start(state, "status", &status_handlers);
        state->watch = start(state, "watch", &watch_handlers);
        if (state->status == NULL || state->watch == NULL) {
            disconnect(state);
            return true;
        }
        uv_timer_start(&state->timer, on_timer, patience(ANSWER_MS), 0);
    }
    return !is_asking(state);
}

static void on_timer(uv_timer_t *timer)
{
    struct agent_state *state = timer->data;
    if (is_asking(state)) {
        lose_agent(state, "it does not answer");
    } else if (!state->running && agent_state_ask(state)) {
        look_again_later(state);
    }
}

struct agent_state *agent_state_new(uv_loop_t *loop)
{
    struct agent_state *state = calloc(1, sizeof *state);
    if (state == NULL || uv_timer_init(loop, &state->timer) != 0) {
        free(state);
        return NULL;
    }
    state->loop = loop;
    state->timer.data = state;
    state->number = 1;
    return state;
}

static void free_state(uv_handle_t *timer)
{
    free(timer->data);
}

void agent_state_free(struct agent_state **state)
{
    struct agent_state *freed = *state;
    *state = NULL;
    disconnect(freed);
    json_decref(freed->readers);
    uv_close((uv_handle_t *)&freed->timer, free_state);
}

void agent_state_watch(struct agent_state *state, struct agent_watcher *watcher)
{
    watcher->next = state->watchers;
    watcher->watching = true;
    state->watchers = watcher;
    if (state->watch == NULL) {
        look_again_later(state);
    }
}

void agent_state_unwatch(struct agent_state *state, struct agent_watcher *watcher)
{
    if (!watcher->watching) {
        return;
    }
    struct agent_watcher **link = &state->watchers;
    while (*link != watcher) {
        link = &(*link)->next;
    }
    *link = watcher->next;
    watcher->watching = false;
}

uint64_t agent_state_number(const struct agent_state *state)
{
    return state->number;
}

json_t *agent_state_json(const struct agent_state *state)
{
    return json_pack("{s:b, s:b, s:o}", "agent_running", state->running, "pcsc",
                     state->running && state->pcsc, "readers",
                     state->running ? json_incref(state->readers) : json_array());
}

const char *agent_state_version(const struct agent_state *state)
{
    return state->running ? state->version : NULL;
}
