/*
 * What the card is like, for `piradi doctor`: whether the module can be loaded and knows the card,
 * how long its certificates are valid, and how its PINs are. Nobody is asked, since the answer
 * names nobody. A worker is started for it, so that it counts as an operation: one at a time.
 */
#ifndef PIRADI_AGENT_EXAMINATION_H
#define PIRADI_AGENT_EXAMINATION_H

#include <jansson.h>

#include "agent/operation.h"
#include "base/must_use.h"
#include "base/status.h"

struct examination;

/*
 * STATUS_OK; BUSY while an operation is under way; INTERNAL. `done` is called once, later, with the
 * answer to `examine` of docs/protocols.md, lent, or NULL if memory is out; the examination is over
 * then and its pointer dead.
 */
enum status examination_start(uv_loop_t *loop, struct operations *operations,
                              void (*done)(void *context, json_t *answer), void *context,
                              struct examination **examination) MUST_USE;

/* The caller went away: nothing is told. Accepts a pointer to NULL; clears it. */
void examination_cancel(struct examination **examination);

#endif
