/* GET /v1/status: what runs here and what the readers hold. */
#include <jansson.h>
#include <stdlib.h>

#include "browser-bridge/agent_state.h"
#include "browser-bridge/exchange.h"
#include "browser-bridge/reply.h"

struct waiting {
    struct agent_watcher watcher; /* first: the watcher is the waiting one */
    struct exchange *exchange;
};

static json_t *body_of(const struct agent_state *state)
{
    json_t *body = agent_state_json(state);
    json_t *about =
        json_pack("{s:[i], s:s?}", "api_versions", 1, "agent_version", agent_state_version(state));
    if (body == NULL || about == NULL || json_object_update(body, about) != 0) {
        json_decref(body);
        body = NULL;
    }
    json_decref(about);
    return body;
}

static void answer(struct exchange *exchange)
{
    const struct agent_state *state = exchange->bridge->agent;
    struct kept_answer **kept = &exchange->bridge->status;
    uint64_t number = agent_state_number(state);
    if (!kept_answer_fits(*kept, exchange->portal, exchange->caller, number)) {
        kept_answer_leave(kept);
        *kept = kept_answer_new(reply_make_json(exchange, body_of(state)), exchange->portal,
                                exchange->caller, number);
    }
    if (*kept == NULL) {
        reply_internal(exchange, "no memory for a status");
    } else {
        exchange_answer_kept(exchange, MHD_HTTP_OK, *kept);
    }
}

static void on_changed(struct agent_watcher *watcher)
{
    answer(((struct waiting *)watcher)->exchange);
}

static void complete(struct exchange *exchange)
{
    struct agent_state *state = exchange->bridge->agent;
    if (agent_state_ask(state)) {
        answer(exchange);
        return;
    }
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (waiting == NULL) {
        reply_internal(exchange, "no memory for a status request");
        return;
    }
    waiting->watcher.changed = on_changed;
    waiting->exchange = exchange;
    exchange->operation = waiting;
    agent_state_watch(state, &waiting->watcher);
}

static void release(struct exchange *exchange)
{
    struct waiting *waiting = exchange->operation;
    if (waiting != NULL) {
        agent_state_unwatch(exchange->bridge->agent, &waiting->watcher);
        free(waiting);
        exchange->operation = NULL;
    }
}

const struct endpoint status_endpoint = {.complete = complete, .release = release};
