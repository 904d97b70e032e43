/* What is signed: the file, its first page, its digest, and what of it is not shown. */
#ifndef PIRADI_PROMPT_DOCUMENT_VIEW_H
#define PIRADI_PROMPT_DOCUMENT_VIEW_H

#include <gtk/gtk.h>

#include "agent/prompt/request.h"

/* In the current language. page is NULL when the document has no picture. */
GtkWidget *document_view_new(const struct document *document, GdkTexture *page);

/* That what is signed cannot be shown, and its digest. */
GtkWidget *hash_view_new(const struct hash *hash);

#endif
