/*
 * The agent's side of piradi-prompt (docs/protocols.md, "Prompt"): one window. Handlers may close
 * it.
 */
#ifndef PIRADI_AGENT_PROMPT_LINK_H
#define PIRADI_AGENT_PROMPT_LINK_H

#include <uv.h>

#include "agent/card_key.h"
#include "agent/document_link.h"
#include "agent/refusal.h"
#include "agent/request.h"
#include "base/must_use.h"
#include "base/portals.h"

struct prompt_link;

struct prompt_handlers {
    void (*entered)(void *context); /* what was asked for is on its way to the worker */
    void (*agreed)(void *context);  /* the person goes on, and types nothing here */
    void (*chosen)(void *context, size_t index); /* of the cards to choose from, unchecked */
    void (*other)(void *context);                /* the person wants another card */
    void (*page)(void *context, size_t number, size_t width); /* wants to see it; unchecked */
    void (*picture_sent)(void *context); /* the one that came with an ask or a page */
    void (*cancelled)(void *context);    /* the person said no */
    void (*closed)(void *context);       /* the person has read how it ended */
    void (*gone)(void *context);         /* it ended, or said what it may not */
};

/* What a window is for; copied where it is used. */
struct prompt_scene {
    const char *purpose; /* "login", "sign", "certificate" or "pin" */
    const struct portal *portal;
    bool verified; /* the portal has signed the request */
    bool unlisted; /* no policy names the portal */
};

/* What is to be signed: one of the two, or neither for a login. */
struct prompt_matter {
    const struct document_view *document; /* its picture is lent until the prompt is closed */
    const struct hash *hash;
    bool other_cards; /* there are others to choose from */
};

/*
 * Starts a prompt that will send PINs to pin_fd; it shows nothing until it is told something. It
 * asks in the terminal, or in a window where that is -1. Both stay the caller's. NULL if it cannot.
 */
struct prompt_link *prompt_start(uv_loop_t *loop, int pin_fd, int terminal,
                                 const struct prompt_handlers *handlers, void *context) MUST_USE;

/* Each: false if it cannot be sent: the prompt is gone, or memory is out. */

/* need: "pcsc", "reader", "card". */
bool prompt_wait(struct prompt_link *prompt, const struct prompt_scene *scene,
                 const char *need) MUST_USE;
bool prompt_choose(struct prompt_link *prompt, const struct prompt_scene *scene,
                   const struct card_keys *keys) MUST_USE;
bool prompt_ask(struct prompt_link *prompt, const struct prompt_scene *scene,
                const struct card_key *key, const struct prompt_matter *matter) MUST_USE;
bool prompt_consent(struct prompt_link *prompt, const struct prompt_scene *scene,
                    const struct card_key *key) MUST_USE;
/* For a new value of the key's PIN; authorization is what is typed first. */
bool prompt_set_pin(struct prompt_link *prompt, const struct request *request,
                    const struct card_key *key, const struct pin_rule *authorization) MUST_USE;
bool prompt_pin_refused(struct prompt_link *prompt, int tries_left) MUST_USE;
/* The picture is lent until it is sent. */
bool prompt_page(struct prompt_link *prompt, size_t number, const struct buffer *picture) MUST_USE;
bool prompt_done(struct prompt_link *prompt) MUST_USE;
bool prompt_fail(struct prompt_link *prompt, const struct refusal *refusal) MUST_USE;

/* From now on other handlers are told; what is left of a picture is not sent. */
void prompt_hand_over(struct prompt_link *prompt, const struct prompt_handlers *handlers,
                      void *context);

/* The window goes away at once. Accepts a pointer to NULL; clears it. */
void prompt_close(struct prompt_link **prompt);

#endif
