/* The window: a header with the languages, who asks for what, what is asked now, and two buttons.
 */
#ifndef PIRADI_PROMPT_WINDOW_H
#define PIRADI_PROMPT_WINDOW_H

#include <stdbool.h>

#include "agent/prompt/dialog.h"
#include "base/must_use.h"
#include "base/secret.h"

struct window_calls {
    /* The person confirms; the PIN is lent, and wiped when this returns. Only when
     * dialog_accepts_pin. */
    void (*confirmed)(const struct secret *pin, void *user);
    /* Cancel, Close, Escape, or the window's own button. */
    void (*closed)(void *user);
    void *user;
};

struct window;

/* Not yet on the screen. The dialog is lent for the window's life; calls are kept. NULL if no
 * memory for a PIN can be locked. */
struct window *window_new(const struct dialog *dialog, const struct window_calls *calls) MUST_USE;

/* Wipes the PIN, takes the window away and frees it. Accepts a pointer to NULL. */
void window_free(struct window **window);

/*
 * The dialog has taken a frame, or a PIN has been sent: wipes what is typed and shows the new
 * state, the window on top and the keyboard in the right place; a letter's window does not appear
 * before its page is whole. False if the page's picture cannot be decoded.
 */
bool window_update(struct window *window) MUST_USE;

#endif
