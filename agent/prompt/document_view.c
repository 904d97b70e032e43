#include "agent/prompt/document_view.h"

#include "agent/prompt/language.h"
#include "agent/prompt/text.h"
#include "agent/prompt/widgets.h"

static GtkWidget *new_file_view(const struct document *document)
{
    char *size = text_of_size(document->size_bytes);
    char *pages =
        g_strdup_printf(ngettext("%u page", "%u pages", document->pages), document->pages);
    char *facts = g_strdup_printf("%s · %s", size, pages);
    GtkWidget *view = widgets_column(2, NULL);
    gtk_box_append(GTK_BOX(view), widgets_foreign_label(document->name, "name"));
    gtk_box_append(GTK_BOX(view), widgets_label(facts, "dim-label"));
    g_free(facts);
    g_free(pages);
    g_free(size);
    return view;
}

static GtkWidget *new_text_view(const char *text)
{
    char *lines = text_of_lines(text);
    GtkWidget *label = widgets_label(lines, "letter");
    g_free(lines);
    return label;
}

/* What of the letter can be seen here, or that nothing can. */
static GtkWidget *new_content_view(const struct document *document, struct page_view *pages)
{
    GtkWidget *view = widgets_column(6, NULL);
    if (document->text != NULL) {
        gtk_box_append(GTK_BOX(view), new_text_view(document->text));
    } else if (document->image_size == 0) {
        gtk_box_append(GTK_BOX(view),
                       widgets_label(_("The pages of this letter cannot be shown here."), "name"));
    } else {
        gtk_box_append(GTK_BOX(view), page_view_build(pages));
        if (document->pages > 1) {
            gtk_box_append(GTK_BOX(view),
                           widgets_label(_("You sign all pages of the letter."), NULL));
        }
    }
    return view;
}

static GtkWidget *new_not_shown_view(const struct document *document)
{
    GtkWidget *view = widgets_column(4, "warning-sheet");
    size_t i;
    json_t *item;
    gtk_box_append(GTK_BOX(view), widgets_label(_("Not shown here, but signed too:"), "name"));
    json_array_foreach (document->not_shown, i, item) {
        char *text = g_strdup_printf("• %s", json_string_value(item));
        gtk_box_append(GTK_BOX(view), widgets_foreign_label(text, NULL));
        g_free(text);
    }
    return view;
}

static GtkWidget *new_digest_view(const struct document *document)
{
    char *summary = g_strdup_printf("SHA-256: %.8s…%s", document->sha256, document->sha256 + 56);
    char *groups = text_of_digest(document->sha256);
    GtkWidget *whole = widgets_label(groups, "digest");
    GtkWidget *view = gtk_expander_new(summary);
    gtk_label_set_selectable(GTK_LABEL(whole), TRUE);
    gtk_expander_set_child(GTK_EXPANDER(view), whole);
    gtk_widget_add_css_class(view, "dim-label");
    g_free(groups);
    g_free(summary);
    return view;
}

GtkWidget *document_view_new(const struct document *document, struct page_view *pages)
{
    GtkWidget *view = widgets_column(12, "sheet");
    gtk_box_append(GTK_BOX(view), new_file_view(document));
    gtk_box_append(GTK_BOX(view), new_content_view(document, pages));
    if (json_array_size(document->not_shown) > 0) {
        gtk_box_append(GTK_BOX(view), new_not_shown_view(document));
    }
    gtk_box_append(GTK_BOX(view), new_digest_view(document));
    return view;
}

GtkWidget *hash_view_new(const struct hash *hash)
{
    GtkWidget *view = widgets_column(4, "warning-sheet");
    char *groups = text_of_digest(hash->value);
    gtk_box_append(GTK_BOX(view), widgets_alert(_("What you sign cannot be shown here"), "name"));
    gtk_box_append(GTK_BOX(view),
                   widgets_alert(_("The site has sent only a checksum. Sign only if you trust the "
                                   "site to have shown you what it is of."),
                                 NULL));
    gtk_box_append(GTK_BOX(view), widgets_label(hash->function, "dim-label"));
    gtk_box_append(GTK_BOX(view), widgets_label(groups, "digest"));
    g_free(groups);
    return view;
}
