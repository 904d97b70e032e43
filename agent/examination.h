/*
 * What the card is like, for this user's own programs: for `piradi doctor` whether the module can
 * be loaded and knows the card, how long its certificates are valid, and how its PINs are, which
 * names nobody; for `piradi certificates` the certificates. Nobody is asked. A worker is started
 * for it, so that it counts as an operation: one at a time.
 */
#ifndef PIRADI_AGENT_EXAMINATION_H
#define PIRADI_AGENT_EXAMINATION_H

#include <jansson.h>

#include "agent/operation.h"
#include "base/must_use.h"
#include "base/status.h"

struct examination;

enum examination_kind { EXAMINE_STATES, EXAMINE_CERTIFICATES };

/*
 * STATUS_OK; BUSY while an operation is under way; INTERNAL. `done` is called once, later, with the
 * answer to `examine` or `certificates` of docs/protocols.md, lent, or NULL if memory is out; the
 * examination is over then and its pointer dead.
 */
enum status examination_start(uv_loop_t *loop, struct operations *operations,
                              enum examination_kind kind,
                              void (*done)(void *context, json_t *answer), void *context,
                              struct examination **examination) MUST_USE;

/* The caller went away: nothing is told. Accepts a pointer to NULL; clears it. */
void examination_cancel(struct examination **examination);

#endif
