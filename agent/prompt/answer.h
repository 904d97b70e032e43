/*
 * What the person has typed in answer to one request, in locked memory: the PIN of an ask, or what
 * authorizes a PIN's management, the new PIN, and the new PIN again (docs/protocols.md, "Prompt").
 */
#ifndef PIRADI_PROMPT_ANSWER_H
#define PIRADI_PROMPT_ANSWER_H

#include "agent/prompt/dialog.h"
#include "base/must_use.h"
#include "base/secret.h"

struct answer;

/* Empty. NULL if no memory can be locked. */
struct answer *answer_new(void) MUST_USE;

/* Wipes and frees it. Accepts a pointer to NULL. */
void answer_free(struct answer **answer);

/*
 * Takes what was typed at the dialog's step (copied; dialog_accepts_pin holds) and moves the dialog
 * to its next step. True when nothing more is to be typed: then answer_send.
 */
bool answer_take(struct answer *answer, struct dialog *dialog, const struct secret *typed) MUST_USE;

/* Sends each secret as a message of its own on a SOCK_SEQPACKET socket, and wipes them whether or
 * not they went. False if they did not. */
bool answer_send(struct answer *answer, int fd) MUST_USE;

/* Wipes what has been typed so far. */
void answer_clear(struct answer *answer);

#endif
