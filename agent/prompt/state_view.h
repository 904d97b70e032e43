/* The lower part of the window: what the person is asked for now, or what has happened. */
#ifndef PIRADI_PROMPT_STATE_VIEW_H
#define PIRADI_PROMPT_STATE_VIEW_H

#include <gtk/gtk.h>

#include "agent/prompt/dialog.h"
#include "agent/prompt/digit_pad.h"
#include "agent/prompt/pin_field.h"

/* For the dialog's state, in the current language. The field, with a pad of these options, is put
 * into it when a PIN is asked. */
GtkWidget *state_view_new(const struct dialog *dialog, PinField *field,
                          const struct digit_pad_options *pad);

/* What of such a view should have the keyboard focus when nothing is typed: its notice; or NULL. */
GtkWidget *state_view_notice(GtkWidget *view);

#endif
