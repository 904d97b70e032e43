#include "agent/prompt/request_view.h"

#include <string.h>

#include "agent/prompt/document_view.h"
#include "agent/prompt/language.h"
#include "agent/prompt/text.h"
#include "agent/prompt/widgets.h"

const char *request_title(enum purpose purpose)
{
    return purpose == PURPOSE_LOGIN ? _("Log in with your ID card")
                                    : _("Sign a letter with your ID card");
}

static const char *what_is_given(const struct request *request)
{
    if (request->purpose == PURPOSE_LOGIN) {
        return _("Your name and personal number will be given to this site:");
    }
    return site_is_local(&request->site)
               ? _("The letter, with your signature, will be given to a program on this computer:")
               : _("The letter, with your signature, will be given to this site:");
}

/* Portals have a Georgian and an English name (docs/protocols.md); other languages read the
 * English one. */
static const char *site_name(const struct site *site)
{
    bool georgian = strcmp(language_code(language_current()), "ka") == 0;
    return georgian ? site->name_ka : site->name_en;
}

static GtkWidget *new_site_view(const struct site *site)
{
    GtkWidget *view = widgets_column(2, "site");
    if (site_is_local(site)) {
        gtk_box_append(GTK_BOX(view), widgets_label(_("This computer"), "host"));
        gtk_box_append(GTK_BOX(view), widgets_foreign_label("piradi sign", "dim-label"));
        return view;
    }
    gtk_box_append(GTK_BOX(view), widgets_foreign_label(site_host(site), "host"));
    gtk_box_append(GTK_BOX(view), widgets_foreign_label(site_name(site), "dim-label"));
    return view;
}

static void add_row(GtkWidget *grid, int row, const char *name, GtkWidget *value)
{
    GtkWidget *label = widgets_label(name, "dim-label");
    gtk_label_set_max_width_chars(GTK_LABEL(label), 24);
    gtk_widget_set_valign(label, GTK_ALIGN_START);
    gtk_widget_set_hexpand(value, TRUE);
    gtk_grid_attach(GTK_GRID(grid), label, 0, row, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), value, 1, row, 1, 1);
}

static GtkWidget *new_holder_view(const struct request *request)
{
    const struct holder *holder = &request->holder;
    char *valid_until = text_of_date(&holder->valid_until);
    GtkWidget *view = widgets_column(8, "sheet");
    GtkWidget *grid = gtk_grid_new();
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 4);
    add_row(grid, 0, _("Personal number"), widgets_foreign_label(holder->personal_number, NULL));
    add_row(grid, 1, _("Issued by"), widgets_foreign_label(holder->issuer, NULL));
    add_row(grid, 2, _("Valid until"), widgets_label(valid_until, NULL));
    add_row(grid, 3, _("Card reader"), widgets_foreign_label(request->reader, NULL));
    gtk_box_append(GTK_BOX(view), widgets_foreign_label(holder->name, "name"));
    gtk_box_append(GTK_BOX(view), grid);
    g_free(valid_until);
    return view;
}

GtkWidget *request_view_new(const struct dialog *dialog, GdkTexture *page)
{
    const struct request *request = &dialog->request.request;
    bool whole = dialog->state == DIALOG_ASKING || dialog->state == DIALOG_WORKING;
    GtkWidget *view = widgets_column(12, "request");
    gtk_box_append(GTK_BOX(view), widgets_label(request_title(request->purpose), "title"));
    if (dialog->state != DIALOG_FAILED) {
        gtk_box_append(GTK_BOX(view), widgets_label(what_is_given(request), NULL));
    }
    gtk_box_append(GTK_BOX(view), new_site_view(&request->site));
    if (whole) {
        gtk_box_append(GTK_BOX(view), new_holder_view(request));
    }
    if (whole && request->purpose == PURPOSE_SIGN) {
        gtk_box_append(GTK_BOX(view), document_view_new(&request->document, page));
    }
    return view;
}
