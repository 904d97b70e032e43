/*
 * What a page may know before anybody consents: whether the agent runs, and which cards its
 * readers hold, without a name of reader or person (rule B11 of docs/security.md). One connection
 * to the agent serves all pages.
 */
#ifndef PIRADI_BRIDGE_AGENT_STATE_H
#define PIRADI_BRIDGE_AGENT_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/must_use.h"

struct agent_state;

/*
 * Embedded by whoever waits for a change. It is told in the loop, never from inside a function
 * here, and then neither watches nor unwatches.
 */
struct agent_watcher {
    struct agent_watcher *next;
    void (*changed)(struct agent_watcher *watcher);
    bool watching;
};

struct agent_state *agent_state_new(uv_loop_t *loop) MUST_USE;
/* No watcher is left. The loop runs once more after it. */
void agent_state_free(struct agent_state **state);

/*
 * Asks the agent if it is not connected. False while its answer is still to come: watch for it. An
 * agent that is silent for five seconds counts as absent.
 */
bool agent_state_ask(struct agent_state *state) MUST_USE;

/* Also called when an answer that was waited for changes nothing. An absent agent is looked for
 * every second while anybody watches. */
void agent_state_watch(struct agent_state *state, struct agent_watcher *watcher);
/* Does nothing unless watching. */
void agent_state_unwatch(struct agent_state *state, struct agent_watcher *watcher);

/* Grows by one with each change; never 0. */
uint64_t agent_state_number(const struct agent_state *state);

/* {"agent_running", "pcsc", "readers"}: a new reference, NULL if memory is out. */
json_t *agent_state_json(const struct agent_state *state) MUST_USE;

/* NULL when no agent runs; lent until the next turn of the loop. */
const char *agent_state_version(const struct agent_state *state);

#endif
