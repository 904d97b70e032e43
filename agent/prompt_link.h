/*
 * The agent's side of piradi-prompt (docs/protocols.md, "Prompt"): one window. Handlers may close
 * it.
 */
#ifndef PIRADI_AGENT_PROMPT_LINK_H
#define PIRADI_AGENT_PROMPT_LINK_H

#include <uv.h>

#include "agent/card_key.h"
#include "agent/document_link.h"
#include "agent/purpose.h"
#include "agent/refusal.h"
#include "base/must_use.h"
#include "base/portals.h"

struct prompt_link;

struct prompt_handlers {
    void (*entered)(void *context);   /* the worker has the PIN now */
    void (*cancelled)(void *context); /* the person said no */
    void (*closed)(void *context);    /* the person has read why it failed */
    void (*gone)(void *context);      /* it ended, or said what it may not */
};

/* What a window is for; copied where it is used. */
struct prompt_scene {
    enum trust_purpose purpose;
    const struct portal *portal;
};

/* Starts a prompt that will send PINs to pin_fd, which stays the caller's. NULL if it cannot. */
struct prompt_link *prompt_start(uv_loop_t *loop, int pin_fd,
                                 const struct prompt_handlers *handlers, void *context) MUST_USE;

/* False if it cannot be sent: the prompt is gone, or memory is out. need: "pcsc", "reader", "card".
 */
bool prompt_wait(struct prompt_link *prompt, const struct prompt_scene *scene,
                 const char *need) MUST_USE;

/* document is NULL for a login; its picture is lent until the prompt is closed. */
bool prompt_ask(struct prompt_link *prompt, const struct prompt_scene *scene,
                const struct card_key *key, const struct document_view *document) MUST_USE;
bool prompt_pin_refused(struct prompt_link *prompt, int tries_left) MUST_USE;
bool prompt_fail(struct prompt_link *prompt, const struct refusal *refusal) MUST_USE;

/* From now on other handlers are told; what is left of a picture is not sent. */
void prompt_hand_over(struct prompt_link *prompt, const struct prompt_handlers *handlers,
                      void *context);

/* The window goes away at once. Accepts a pointer to NULL; clears it. */
void prompt_close(struct prompt_link **prompt);

#endif
