/*
 * What the prompt is about at this moment: its state machine, without a window. Frames of the agent
 * and what the person does go in; the state to be shown comes out. No PIN passes here.
 *
 *     wait ───► WAITING
 *     choose ─► CHOOSING ─chosen─► ANSWERED
 *     consent ► AGREEING ─agreed─► ANSWERED
 *     ask, pin ► [RECEIVING ─all D frames─►] ASKING ─entered─► WORKING ─pin─► ASKING
 *                                            ASKING ─other─► ANSWERED
 *        with a PIN pad: AGREEING ─agreed─► WORKING ─pin─► AGREEING
 *     done ───► DONE, only from WORKING
 *
 * A request may come in any of these states but RECEIVING (a card can be pulled between any two
 * events), and a fail in all of them, after which only another fail may. Pages of the document come
 * between, and change no state.
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
    DIALOG_CHOOSING,
    DIALOG_RECEIVING, /* an ask whose picture is not whole yet: nothing to be confirmed */
    DIALOG_AGREEING,  /* yes or no, and nothing to be typed */
    DIALOG_ASKING,
    DIALOG_WORKING,
    DIALOG_ANSWERED, /* the agent's next message follows at once */
    DIALOG_DONE,
    DIALOG_FAILED,
};

/* What is typed now: the one PIN of an ask, or the three of a PIN's management, in this order. */
enum dialog_step { STEP_ONLY, STEP_AUTHORIZATION, STEP_NEW, STEP_REPEAT };

struct dialog {
    enum dialog_state state;
    unsigned changes;       /* of all but pages that come */
    struct message request; /* the request that came last; empty at first */
    unsigned requests;      /* how many have come */
    struct message failure; /* DIALOG_FAILED */
    struct buffer image;    /* PNG of the page that came last, whole unless DIALOG_RECEIVING or
                               page_left; empty when there is none */
    struct page page;       /* what `image` is to become */
    unsigned pages_come;    /* how many pages have come whole for this request */
    enum dialog_step step;
    unsigned tries_left; /* of what is typed first, or as a wrong one left it */
    bool pin_was_wrong;  /* the last one entered for this request */
    bool new_pins_differ;
};

void dialog_init(struct dialog *dialog);
void dialog_free(struct dialog *dialog);

/* Takes the agent's next frame. False when it is no message, or may not come now: the agent is not
 * to be believed further. */
bool dialog_take_frame(struct dialog *dialog, const struct frame *frame) MUST_USE;

/* Whether a page is still coming. */
bool dialog_awaits_image(const struct dialog *dialog);

/* How many digits what is typed now has, and how many tries are left for it. Only in ASKING. */
const struct pin_rule *dialog_rule(const struct dialog *dialog);

/* Whether the PIN of this request is typed on the reader's own keys. */
bool dialog_has_pad(const struct dialog *dialog);

/* Whether a PIN of this many digits may be taken now. */
bool dialog_accepts_pin(const struct dialog *dialog, size_t digits);

/* What the person does, only in the state that it is written beside. */
void dialog_step_done(struct dialog *dialog);       /* ASKING: one of three is typed */
void dialog_new_pins_differ(struct dialog *dialog); /* ASKING, STEP_REPEAT: again from the new */
void dialog_pin_entered(struct dialog *dialog);     /* ASKING: all has been sent */
void dialog_agreed(struct dialog *dialog);          /* AGREEING */
void dialog_answered(struct dialog *dialog);        /* CHOOSING; ASKING and AGREEING for "other" */

/* The event that the agent is told when the person closes the window: "cancelled", or "closed"
 * after a failure or a success. */
const char *dialog_closing_event(const struct dialog *dialog);

/* A7: the next wrong PIN blocks it. */
bool dialog_is_last_try(const struct dialog *dialog);

#endif
