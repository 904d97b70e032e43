#include "agent/prompt/request_view.h"

#include "agent/prompt/card_view.h"
#include "agent/prompt/document_view.h"
#include "agent/prompt/language.h"
#include "agent/prompt/widgets.h"
#include "agent/prompt/wording.h"

static GtkWidget *new_site_view(const struct message *message)
{
    const struct site *site = &message->request.site;
    GtkWidget *view = widgets_column(2, "site");
    if (site_is_local(site)) {
        gtk_box_append(GTK_BOX(view), widgets_label(_("This computer"), "host"));
        gtk_box_append(GTK_BOX(view), widgets_label(wording_local_program(message), "dim-label"));
        return view;
    }
    gtk_box_append(GTK_BOX(view), widgets_foreign_label(site_host(site), "host"));
    if (wording_site_name(site) != NULL) {
        gtk_box_append(GTK_BOX(view), widgets_foreign_label(wording_site_name(site), "dim-label"));
    }
    if (site->verified) {
        gtk_box_append(GTK_BOX(view), widgets_label(wording_verified(), "verified"));
    }
    return view;
}

static GtkWidget *new_unlisted_view(void)
{
    GtkWidget *view = widgets_column(4, "warning-sheet");
    gtk_box_append(GTK_BOX(view), widgets_alert(_("This site is not on the list"), "name"));
    gtk_box_append(GTK_BOX(view), widgets_alert(wording_unlisted(), NULL));
    return view;
}

/* What the person decides about, which is there from the moment that it is whole. */
static void add_subject(GtkWidget *view, const struct dialog *dialog, struct page_view *pages)
{
    const struct request *request = &dialog->request.request;
    gtk_box_append(GTK_BOX(view), card_view_new(&request->card, request->other_cards));
    if (request->document.name != NULL) {
        gtk_box_append(GTK_BOX(view), document_view_new(&request->document, pages));
    }
    if (request->hash.function != NULL) {
        gtk_box_append(GTK_BOX(view), hash_view_new(&request->hash));
    }
}

static bool has_subject(const struct dialog *dialog)
{
    switch (dialog->state) {
    case DIALOG_AGREEING:
    case DIALOG_ASKING:
    case DIALOG_WORKING:
        return true;
    default:
        return false;
    }
}

GtkWidget *request_view_new(const struct dialog *dialog, struct page_view *pages)
{
    const struct message *message = &dialog->request;
    const char *given = wording_what_is_given(message);
    bool over = dialog->state == DIALOG_FAILED || dialog->state == DIALOG_DONE;
    GtkWidget *view = widgets_column(12, "request");
    gtk_box_append(GTK_BOX(view), widgets_label(wording_title(message), "title"));
    if (!over && given != NULL) {
        gtk_box_append(GTK_BOX(view), widgets_label(given, NULL));
    }
    gtk_box_append(GTK_BOX(view), new_site_view(message));
    if (message->request.site.unlisted) {
        gtk_box_append(GTK_BOX(view), new_unlisted_view());
    }
    if (dialog->state == DIALOG_CHOOSING) {
        gtk_box_append(GTK_BOX(view), card_choice_new(&message->request));
    } else if (has_subject(dialog)) {
        add_subject(view, dialog, pages);
    }
    return view;
}
