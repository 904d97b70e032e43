/* The upper part of the window: who asks for what, whose card, and what is signed. */
#ifndef PIRADI_PROMPT_REQUEST_VIEW_H
#define PIRADI_PROMPT_REQUEST_VIEW_H

#include <gtk/gtk.h>

#include "agent/prompt/dialog.h"
#include "agent/prompt/page_view.h"

/* For the dialog's state, in the current language. pages shows the document's, if it has any. */
GtkWidget *request_view_new(const struct dialog *dialog, struct page_view *pages);

#endif
