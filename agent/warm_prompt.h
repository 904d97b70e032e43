/*
 * A prompt that was started ahead of need, while a page is open that may ask for the card: it shows
 * nothing, and the next operation's window is there at once. One at most, for one operation.
 */
#ifndef PIRADI_AGENT_WARM_PROMPT_H
#define PIRADI_AGENT_WARM_PROMPT_H

#include <stdbool.h>
#include <uv.h>

#include "agent/prompt_link.h"
#include "base/must_use.h"

/* How long after an operation the next one is started, out of the way of what the person does. */
#define WARM_PROMPT_DELAY_MS 1000

struct warm_prompt;

/* NULL if memory is out. */
struct warm_prompt *warm_prompt_new(uv_loop_t *loop) MUST_USE;

/* Lets it go and gives the loop its handle back. Frees itself. */
void warm_prompt_end(struct warm_prompt *warm);

/* Whether one is to be kept ready. Nothing is started without a display. */
void warm_prompt_want(struct warm_prompt *warm, bool wanted);

/* Nothing else is shown now: a good time to start the next one. */
void warm_prompt_at_leisure(struct warm_prompt *warm);

/*
 * Gives it away: the prompt, which tells these handlers from now on, and the descriptor from which
 * its PINs come. NULL if there is none ready.
 */
struct prompt_link *warm_prompt_take(struct warm_prompt *warm,
                                     const struct prompt_handlers *handlers, void *context,
                                     int *pins) MUST_USE;

#endif
