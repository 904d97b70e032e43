/*
 * Answers: every one with the headers that none may miss (rules B5 and B9 of docs/security.md),
 * failures as problem details (RFC 9457) with our code.
 */
#ifndef PIRADI_BRIDGE_REPLY_H
#define PIRADI_BRIDGE_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"
#include "browser-bridge/exchange.h"
#include "browser-bridge/popup/files.h"

struct problem {
    enum status status;
    int http;             /* 0: the status's own */
    const char *detail;   /* English, for a developer; NULL: none */
    const char *allow;    /* the Allow header of a 405; NULL: none */
    const char *holder;   /* NULL: not known */
    const char *incident; /* number of a 500, in the log too; NULL: none */
    int tries_left;       /* with has_tries_left */
    bool has_tries_left;
    unsigned retry_after_s; /* 0: none */
};

/* The answer that reply_json gives, for the same body: the caller's to destroy; NULL if memory is
 * out. */
struct MHD_Response *reply_make_json(const struct exchange *exchange, json_t *body) MUST_USE;

/* Takes body over; NULL counts as memory that is out. */
void reply_json(struct exchange *exchange, int http, json_t *body);
void reply_problem(struct exchange *exchange, const struct problem *problem);

/* A 500 with an incident number, which the log has too, beside what happened. */
void reply_internal(struct exchange *exchange, const char *what);

/* The agent's answer that is not OK; counted against the portal. */
void reply_agent_failure(struct exchange *exchange, enum status status, const json_t *answer);
/* There is no agent to ask. */
void reply_agent_absent(struct exchange *exchange);

/* Yes to a preflight for the route. */
void reply_preflight(struct exchange *exchange, const struct route *route);

/* A part of our own page, under the page's policy: nothing but its own parts and the bridge. */
void reply_popup_file(struct exchange *exchange, const struct popup_file *file,
                      const char *content_type);

/* Answers 429, and returns true, when the portal may not ask the person so soon again. */
bool reply_if_too_many(struct exchange *exchange) MUST_USE;

/*
 * Any other answer: adds the headers that none may miss and gives it. Takes response over; NULL
 * counts as memory that is out.
 */
void reply_with(struct exchange *exchange, int http, struct MHD_Response *response,
                const char *content_type);

#endif
