/*
 * The same questions in a terminal, where there is no display: the agent hands it over as a
 * descriptor. Nothing typed is echoed but a star for each digit, and no key makes a signal: Ctrl-C
 * says no, Ctrl-L changes the language.
 */
#ifndef PIRADI_PROMPT_TERMINAL_H
#define PIRADI_PROMPT_TERMINAL_H

#include <stdbool.h>

#include "agent/prompt/session.h"
#include "base/must_use.h"

struct terminal;

/*
 * Takes keys from fd, which stays the caller's, and forgets what was typed ahead. The session is
 * lent for its life, and told what the person does. NULL if fd is no terminal, or no memory for a
 * PIN can be locked.
 */
struct terminal *terminal_new(int fd, struct session *session) MUST_USE;

/* Wipes what was typed and gives the terminal back as it was. Accepts a pointer to NULL. */
void terminal_free(struct terminal **terminal);

/* The session's dialog has changed: says so. A failure or a success is closed at once, since what
 * is written stays. */
void terminal_update(struct terminal *terminal);

#endif
