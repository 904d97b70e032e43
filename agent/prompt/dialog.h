/*
 * What the window is about at this moment: the prompt's state machine, without a window. Frames of
 * the agent and what the person does go in; the state to be shown comes out. No PIN passes here.
 *
 *     STARTING --wait--> WAITING --ask--> [RECEIVING --all D frames-->] ASKING
 *     ASKING --entered--> WORKING --pin--> ASKING
 *
 * A wait or an ask may come in any of these states (a card can be pulled between any two events),
 * and a fail too, after which only another fail may.
 */
#ifndef PIRADI_PROMPT_DIALOG_H
#define PIRADI_PROMPT_DIALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/prompt/message.h"
#include "base/buffer.h"
#include "base/frame.h"
#include "base/must_use.h"

enum dialog_state {
    DIALOG_STARTING,
    DIALOG_WAITING,
    DIALOG_RECEIVING, /* an ask whose picture is not whole yet: nothing to be confirmed */
    DIALOG_ASKING,
    DIALOG_WORKING,
    DIALOG_FAILED,
};

struct dialog {
    enum dialog_state state;
    struct message request; /* the wait or ask that came last; empty at first */
    unsigned requests;      /* how many have come */
    struct message failure; /* DIALOG_FAILED */
    struct buffer image;    /* PNG of the first page, whole unless DIALOG_RECEIVING */
    unsigned tries_left;    /* of an ask, or as a wrong PIN left it */
    bool pin_was_wrong;     /* the last one entered for this ask */
};

void dialog_init(struct dialog *dialog);
void dialog_free(struct dialog *dialog);

/* Takes the agent's next frame. False when it is no message, or may not come now: the agent is not
 * to be believed further. */
bool dialog_take_frame(struct dialog *dialog, const struct frame *frame) MUST_USE;

/* Whether a PIN of this many digits may be sent now. */
bool dialog_accepts_pin(const struct dialog *dialog, size_t digits);

/* The PIN has been sent. Only when dialog_accepts_pin. */
void dialog_pin_entered(struct dialog *dialog);

/* The event that the agent is told when the person closes the window: "cancelled", or "closed"
 * after a failure. */
const char *dialog_closing_event(const struct dialog *dialog);

/* A7: the next wrong PIN blocks it. */
bool dialog_is_last_try(const struct dialog *dialog);

#endif
