/* The lower part of the window: what the person is asked for now, or what has happened. */
#ifndef PIRADI_PROMPT_STATE_VIEW_H
#define PIRADI_PROMPT_STATE_VIEW_H

#include <gtk/gtk.h>

#include "agent/prompt/dialog.h"
#include "agent/prompt/pin_field.h"

/* For the dialog's state, in the current language. The field is put into it when the PIN is asked.
 */
GtkWidget *state_view_new(const struct dialog *dialog, PinField *field);

#endif
