#include "agent/prompt/page_view.h"

#include "agent/prompt/language.h"
#include "agent/prompt/page_image.h"
#include "agent/prompt/widgets.h"

/* Pixels of the window that a page has in width, before it is magnified. */
#define PAGE_WIDTH 440
#define MAGNIFIED_HEIGHT 420
/* The document process renders no wider (docs/protocols.md). */
#define RENDERED_WIDTH_MAX 2400

static const double zooms[] = {1, 1.5, 2, 3};

struct page_view {
    struct session *session;
    GdkTexture *page; /* NULL while there is none, or it cannot be shown */
    unsigned number;  /* of the page that is shown */
    unsigned wanted;  /* what the person turned to */
    unsigned zoom;    /* index of zooms, as the person wants it */
    bool asked;       /* the agent has not answered yet */
    unsigned asked_number;
    unsigned asked_zoom; /* of what came last, or is asked */
    unsigned pages_come;
    /* Of the widget that was built last; NULL once that is gone. */
    GtkWidget *picture;
    GtkWidget *scrolled;
    GtkWidget *caption;
};

struct page_view *page_view_new(struct session *session)
{
    struct page_view *view = g_new0(struct page_view, 1);
    view->session = session;
    return view;
}

static void forget_widget(struct page_view *view)
{
    g_clear_weak_pointer(&view->picture);
    g_clear_weak_pointer(&view->scrolled);
    g_clear_weak_pointer(&view->caption);
}

void page_view_free(struct page_view **view)
{
    forget_widget(*view);
    g_clear_object(&(*view)->page);
    g_free(*view);
    *view = NULL;
}

static unsigned pages(const struct page_view *view)
{
    return session_dialog(view->session)->request.request.document.pages;
}

static bool decode(struct page_view *view)
{
    const struct dialog *dialog = session_dialog(view->session);
    g_clear_object(&view->page);
    view->pages_come = dialog->pages_come;
    view->number = dialog->page.number;
    if (dialog->image.size == 0) {
        return true;
    }
    view->page = page_image_decode(dialog->image.bytes, dialog->image.size);
    return view->page != NULL;
}

bool page_view_begin(struct page_view *view)
{
    view->wanted = 1;
    view->zoom = 0;
    view->asked = false;
    view->asked_number = 1;
    view->asked_zoom = 0;
    return decode(view);
}

static void show_caption(struct page_view *view)
{
    bool blank = view->number == view->wanted && view->page == NULL;
    char *text =
        g_strdup_printf(blank ? _("Page %u of %u cannot be shown here") : _("Page %u of %u"),
                        view->wanted, pages(view));
    gtk_label_set_label(GTK_LABEL(view->caption), text);
    gtk_picture_set_alternative_text(GTK_PICTURE(view->picture), text);
    g_free(text);
}

/* The page as large as it is wanted, be it rendered for that or not yet. */
static void show_page(struct page_view *view)
{
    bool magnified = view->zoom > 0;
    bool there = view->page != NULL && view->number == view->wanted;
    int width = (int)(PAGE_WIDTH * zooms[view->zoom]);
    gtk_picture_set_paintable(GTK_PICTURE(view->picture), there ? GDK_PAINTABLE(view->page) : NULL);
    double ratio = view->page == NULL ? 1.4
                                      : (double)gdk_texture_get_height(view->page) /
                                            gdk_texture_get_width(view->page);
    gtk_widget_set_size_request(view->picture, width, (int)(width * ratio));
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(view->scrolled),
                                   magnified ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER,
                                   magnified ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER);
    gtk_widget_set_size_request(view->scrolled, -1, magnified ? MAGNIFIED_HEIGHT : -1);
}

static void show(struct page_view *view)
{
    if (view->picture != NULL) {
        show_page(view);
        show_caption(view);
    }
}

/* One at a time: what the person wants meanwhile is asked when it has come. */
static void ask(struct page_view *view)
{
    bool there = view->asked_number == view->wanted && view->asked_zoom >= view->zoom;
    if (view->asked || there) {
        return;
    }
    int scale = view->picture == NULL ? 1 : gtk_widget_get_scale_factor(view->picture);
    unsigned width = (unsigned)(PAGE_WIDTH * zooms[view->zoom] * scale);
    view->asked = true;
    view->asked_number = view->wanted;
    view->asked_zoom = view->zoom;
    session_ask_page(view->session, view->wanted, MIN(width, RENDERED_WIDTH_MAX));
}

bool page_view_take(struct page_view *view)
{
    const struct dialog *dialog = session_dialog(view->session);
    if (dialog->pages_come == view->pages_come) {
        return true;
    }
    if (!decode(view)) {
        return false;
    }
    view->asked = false;
    show(view);
    ask(view);
    return true;
}

bool page_view_can_turn(const struct page_view *view, int step)
{
    unsigned wanted = view->wanted + (unsigned)step;
    return view->picture != NULL && wanted >= 1 && wanted <= pages(view);
}

bool page_view_can_zoom(const struct page_view *view, int step)
{
    return view->picture != NULL && view->zoom + (unsigned)step < G_N_ELEMENTS(zooms);
}

void page_view_turn(struct page_view *view, int step)
{
    view->wanted += (unsigned)step;
    show(view);
    ask(view);
}

void page_view_zoom(struct page_view *view, int step)
{
    view->zoom += (unsigned)step;
    show(view);
    ask(view);
}

static void add_button(GtkWidget *bar, const char *icon_name, const char *name, const char *action)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon_name);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    gtk_widget_set_tooltip_text(button, name);
    gtk_box_append(GTK_BOX(bar), button);
}

static void remember(GtkWidget **place, GtkWidget *widget)
{
    *place = widget;
    g_object_add_weak_pointer(G_OBJECT(widget), (gpointer *)place);
}

static GtkWidget *new_toolbar(struct page_view *view)
{
    GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    remember(&view->caption, widgets_label("", "dim-label"));
    gtk_widget_set_hexpand(view->caption, TRUE);
    gtk_box_append(GTK_BOX(bar), view->caption);
    add_button(bar, "zoom-out-symbolic", _("Smaller"), "prompt.smaller");
    add_button(bar, "zoom-in-symbolic", _("Larger"), "prompt.larger");
    if (pages(view) > 1) {
        add_button(bar, "go-previous-symbolic", _("Page before"), "prompt.page-before");
        add_button(bar, "go-next-symbolic", _("Page after"), "prompt.page-after");
    }
    return bar;
}

GtkWidget *page_view_build(struct page_view *view)
{
    GtkWidget *column = widgets_column(6, NULL);
    forget_widget(view);
    remember(&view->picture, gtk_picture_new());
    remember(&view->scrolled, gtk_scrolled_window_new());
    gtk_widget_add_css_class(view->picture, "page");
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(view->scrolled), view->picture);
    gtk_box_append(GTK_BOX(column), new_toolbar(view));
    gtk_box_append(GTK_BOX(column), view->scrolled);
    show(view);
    return column;
}
