/*
 * The agent's side of piradi-worker (docs/protocols.md, "Worker"): one question at a time, each
 * answered by one call of a handler. Handlers may release the link.
 */
#ifndef PIRADI_AGENT_WORKER_LINK_H
#define PIRADI_AGENT_WORKER_LINK_H

#include <uv.h>

#include "agent/purpose.h"
#include "agent/refusal.h"
#include "base/must_use.h"

struct worker_link;

struct worker_handlers {
    /* To worker_find: at least one KEY, unchecked, lent. */
    void (*keys)(void *context, json_t *keys);
    /* To worker_login or worker_sign: the card refused the PIN; the worker waits for another. */
    void (*pin_refused)(void *context, int tries_left);
    /* To worker_login or worker_sign: base64, lent. */
    void (*signature)(void *context, const char *signature);
    /* To any: no. */
    void (*refused)(void *context, const struct refusal *refusal);
    /* It ended, or said what it may not. */
    void (*broken)(void *context);
};

/* Starts a worker that will take PINs from pin_fd, which stays the caller's. NULL if it cannot. */
struct worker_link *worker_start(uv_loop_t *loop, int pin_fd,
                                 const struct worker_handlers *handlers, void *context) MUST_USE;

/* False if the question cannot be sent: the worker is gone, or memory is out. */
bool worker_find(struct worker_link *worker, enum trust_purpose purpose) MUST_USE;
bool worker_login(struct worker_link *worker, size_t key, const char *origin,
                  const char *nonce) MUST_USE;
bool worker_sign(struct worker_link *worker, size_t key, const char *to_be_signed) MUST_USE;

/* Lets it go as child_release does. Accepts a pointer to NULL; clears it. */
void worker_release(struct worker_link **worker);

#endif
