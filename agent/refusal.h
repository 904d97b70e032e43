/* Why something was not done: what is common to the answers of our processes. */
#ifndef PIRADI_AGENT_REFUSAL_H
#define PIRADI_AGENT_REFUSAL_H

#include <jansson.h>

#include "base/must_use.h"
#include "base/status.h"

#define TRIES_UNKNOWN (-1)

struct refusal {
    enum status status; /* never STATUS_OK */
    const char *detail; /* English, for a developer; may be NULL */
    int tries_left;     /* or TRIES_UNKNOWN */
};

/* From an answer whose status is not OK; its detail is lent. STATUS_INTERNAL for a wrong one. */
struct refusal refusal_read(const json_t *answer);

/* {"status":…} with what is known besides; NULL if memory is out. */
json_t *refusal_json(const struct refusal *refusal) MUST_USE;

#endif
