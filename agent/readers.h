/*
 * What PC/SC says of readers and cards, now and on each change. A thread of its own sits in
 * SCardGetStatusChange, since that call blocks; it hands what it sees to the loop. Nothing here
 * connects to a card.
 *
 * While pcscd cannot be reached the folder of its socket is watched, and the thread tries again
 * when something happens there.
 */
#ifndef PIRADI_AGENT_READERS_H
#define PIRADI_AGENT_READERS_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

#include "agent/reader_states.h"
#include "base/must_use.h"

struct readers;

/* Starts to watch; changed is called from the loop after the first look and after each change. NULL
 * if that cannot be had. */
struct readers *readers_watch(uv_loop_t *loop, void (*changed)(void *context),
                              void *context) MUST_USE;

/*
 * Ends the watching as far as the loop is concerned. The thread itself cannot always be woken (a
 * PC/SC call has no time-out), so that it ends with the process.
 */
void readers_end(struct readers *readers);

/* Lent until the next `changed`. */
const struct reader_states *readers_now(const struct readers *readers);

#endif
