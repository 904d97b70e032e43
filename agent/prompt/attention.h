/*
 * A window that the desktop does not raise (Wayland's compositors decide for themselves) asks for
 * attention by a notification of the desktop's (org.freedesktop.Notifications 1.2), which goes as
 * soon as the window is looked at. Where there is no such service nothing happens.
 */
#ifndef PIRADI_PROMPT_ATTENTION_H
#define PIRADI_PROMPT_ATTENTION_H

#include <gtk/gtk.h>

#include "base/must_use.h"

struct attention;

/* The window is lent for its life. Never NULL. */
struct attention *attention_new(GtkWindow *window) MUST_USE;

/* Takes the notification back. */
void attention_free(struct attention **attention);

/* The window has something to ask: unless it is active soon, a notification of this text (copied)
 * says so. One at a time: a second call only changes what a notification that is to come says. */
void attention_want(struct attention *attention, const char *summary, const char *body);

#endif
