/*
 * The agent's side of piradi-worker (docs/protocols.md, "Worker"): one question at a time, each
 * answered by one call of a handler. Handlers may release the link.
 */
#ifndef PIRADI_AGENT_WORKER_LINK_H
#define PIRADI_AGENT_WORKER_LINK_H

#include <uv.h>

#include "agent/refusal.h"
#include "agent/request.h"
#include "base/must_use.h"

struct worker_link;

/* What a search tells of a key besides what it always does; each costs the card some commands. */
enum find_wants { FIND_CHAIN = 1, FIND_UNBLOCKING = 2 };

struct worker_handlers {
    /* To worker_find: at least one KEY, unchecked, lent. */
    void (*keys)(void *context, json_t *keys);
    /* To what needs a PIN: the card refused it, or what was to authorize a new one. */
    void (*pin_refused)(void *context, int tries_left);
    /* To worker_login, worker_sign and worker_sign_hash: base64, and by which algorithm. Lent. */
    void (*signature)(void *context, const char *signature, const char *algorithm);
    /* To worker_set_pin. */
    void (*pin_set)(void *context);
    /* To any: no. */
    void (*refused)(void *context, const struct refusal *refusal);
    /* It ended, or said what it may not. */
    void (*broken)(void *context);
};

/* Starts a worker that will take PINs from pin_fd, which stays the caller's. NULL if it cannot. */
struct worker_link *worker_start(uv_loop_t *loop, int pin_fd,
                                 const struct worker_handlers *handlers, void *context) MUST_USE;

/* False if the question cannot be sent: the worker is gone, or memory is out. A key is called by
 * its index; wants is of enum find_wants. */
bool worker_find(struct worker_link *worker, enum trust_purpose purpose, unsigned wants) MUST_USE;
bool worker_login(struct worker_link *worker, size_t key, const char *origin,
                  const char *nonce) MUST_USE;
bool worker_sign(struct worker_link *worker, size_t key, const char *to_be_signed) MUST_USE;
bool worker_sign_hash(struct worker_link *worker, size_t key, const struct hash *hash) MUST_USE;
bool worker_set_pin(struct worker_link *worker, size_t key, enum pin_action action) MUST_USE;

/* Lets it go as child_release does. Accepts a pointer to NULL; clears it. */
void worker_release(struct worker_link **worker);

#endif
