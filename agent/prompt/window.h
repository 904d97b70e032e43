/* The window: a header with the languages, who asks for what, what is asked now, and two buttons.
 */
#ifndef PIRADI_PROMPT_WINDOW_H
#define PIRADI_PROMPT_WINDOW_H

#include <stdbool.h>

#include "agent/prompt/session.h"
#include "base/must_use.h"

struct window;

/* Not yet on the screen. The session is lent for the window's life, and told what the person does.
 * NULL if no memory for a PIN can be locked. */
struct window *window_new(struct session *session) MUST_USE;

/* Wipes the PIN, takes the window away and frees it. Accepts a pointer to NULL. */
void window_free(struct window **window);

/*
 * The session's dialog has changed: wipes what is typed and shows the new state, the window on top
 * and the keyboard in the right place; a letter's window does not appear before its page is whole.
 * False if the page's picture cannot be decoded.
 */
bool window_update(struct window *window) MUST_USE;

#endif
