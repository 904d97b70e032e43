/* What is signed: the file, its pages or its text, its digest, and what of it is not shown. */
#ifndef PIRADI_PROMPT_DOCUMENT_VIEW_H
#define PIRADI_PROMPT_DOCUMENT_VIEW_H

#include <gtk/gtk.h>

#include "agent/prompt/page_view.h"
#include "agent/prompt/request.h"

/* In the current language. pages shows the document's, if it has a picture. */
GtkWidget *document_view_new(const struct document *document, struct page_view *pages);

/* That what is signed cannot be shown, and its digest. */
GtkWidget *hash_view_new(const struct hash *hash);

#endif
