#include "agent/prompt/window.h"

#include <gtk/gtk.h>
#include <string.h>

#include "agent/prompt/attention.h"
#include "agent/prompt/language.h"
#include "agent/prompt/page_view.h"
#include "agent/prompt/pin_field.h"
#include "agent/prompt/request_view.h"
#include "agent/prompt/state_view.h"
#include "agent/prompt/wording.h"

#define WINDOW_WIDTH 550
#define SCROLL_HEIGHT_MIN 70
#define SCREEN_MARGIN 40 /* kept free, for a panel */
#define LOW_SCREEN 700

struct window {
    struct session *session;
    const struct dialog *dialog; /* the session's */
    GtkWindow *gtk;
    GActionMap *actions; /* the window's */
    struct attention *attention;
    GtkLabel *name;
    GtkScrolledWindow *request;
    GtkBox *state;      /* holds one state view */
    GtkWidget *buttons; /* holds the two */
    GtkButton *cancel;
    GtkButton *confirm;
    PinField *field;
    struct digit_pad_options pad;
    struct page_view *pages;
    unsigned shown_request; /* dialog->requests of the view in `request` */
    unsigned shown_changes; /* dialog->changes of all that is shown */
    bool shown_whole;       /* it has card and document */
};

static bool is_whole(const struct dialog *dialog)
{
    return dialog->state == DIALOG_ASKING || dialog->state == DIALOG_AGREEING ||
           dialog->state == DIALOG_WORKING;
}

static bool is_over(const struct dialog *dialog)
{
    return dialog->state == DIALOG_FAILED || dialog->state == DIALOG_DONE;
}

static void update_buttons(struct window *window)
{
    const struct dialog *dialog = window->dialog;
    size_t digits = secret_size(pin_field_secret(window->field));
    gtk_button_set_label(window->cancel, is_over(dialog) ? _("Close") : _("Cancel"));
    gtk_button_set_label(window->confirm, wording_confirm(dialog));
    gtk_widget_set_sensitive(GTK_WIDGET(window->confirm), dialog->state == DIALOG_AGREEING ||
                                                              dialog_accepts_pin(dialog, digits));
    gtk_widget_set_visible(GTK_WIDGET(window->confirm), is_whole(dialog));
}

static int screen_height(void)
{
    GListModel *monitors = gdk_display_get_monitors(gdk_display_get_default());
    GdkMonitor *monitor = g_list_model_get_item(monitors, 0);
    GdkRectangle area = {0};
    if (monitor != NULL) {
        gdk_monitor_get_geometry(monitor, &area);
        g_object_unref(monitor);
    }
    return area.height;
}

static int natural_height(GtkWidget *widget)
{
    int natural;
    gtk_widget_measure(widget, GTK_ORIENTATION_VERTICAL, WINDOW_WIDTH, NULL, &natural, NULL, NULL);
    return natural;
}

/* What scrolls is as high as it is at the window's width, which the scrolled window does not ask by
 * itself, or as the rest leaves room for: PIN and buttons are always in sight. */
static void fit_height(struct window *window)
{
    GtkWidget *view = gtk_scrolled_window_get_child(window->request);
    if (view == NULL) {
        return;
    }
    int rest = natural_height(gtk_window_get_titlebar(window->gtk)) +
               natural_height(GTK_WIDGET(window->state)) + natural_height(window->buttons);
    int most = MAX(SCROLL_HEIGHT_MIN, screen_height() - rest - SCREEN_MARGIN);
    int natural = natural_height(view);
    gtk_scrolled_window_set_min_content_height(window->request, MIN(natural, most));
    if (natural > most) {
        gtk_widget_add_css_class(GTK_WIDGET(window->request), "cut-off");
    } else {
        gtk_widget_remove_css_class(GTK_WIDGET(window->request), "cut-off");
    }
}

static void build_request(struct window *window)
{
    const struct dialog *dialog = window->dialog;
    GtkWidget *view = dialog->requests == 0 ? NULL : request_view_new(dialog, window->pages);
    gtk_scrolled_window_set_child(window->request, view);
    gtk_widget_set_visible(GTK_WIDGET(window->request), view != NULL);
    if (view != NULL) {
        /* Else the page would be as low as a picture can be. */
        gtk_scrollable_set_vscroll_policy(GTK_SCROLLABLE(gtk_widget_get_parent(view)),
                                          GTK_SCROLL_NATURAL);
    }
}

static void build_state(struct window *window)
{
    GtkWidget *old = gtk_widget_get_first_child(GTK_WIDGET(window->state));
    GtkWidget *field_parent = gtk_widget_get_parent(GTK_WIDGET(window->field));
    /* Else GTK would, later, move the focus from what is taken away to the button after it. */
    gtk_window_set_focus(window->gtk, NULL);
    if (field_parent != NULL) {
        gtk_box_remove(GTK_BOX(field_parent), GTK_WIDGET(window->field));
    }
    if (old != NULL) {
        gtk_box_remove(window->state, old);
    }
    gtk_box_append(window->state, state_view_new(window->dialog, window->field, &window->pad));
}

static void focus(struct window *window)
{
    switch (window->dialog->state) {
    case DIALOG_ASKING:
        gtk_window_set_focus(window->gtk, GTK_WIDGET(window->field));
        break;
    case DIALOG_FAILED:
    case DIALOG_DONE:
        gtk_window_set_focus(window->gtk, GTK_WIDGET(window->cancel));
        break;
    case DIALOG_CHOOSING:
        gtk_widget_child_focus(gtk_scrolled_window_get_child(window->request), GTK_DIR_TAB_FORWARD);
        break;
    default:
        gtk_window_set_focus(
            window->gtk, state_view_notice(gtk_widget_get_first_child(GTK_WIDGET(window->state))));
        break;
    }
}

static void build_rest(struct window *window)
{
    gtk_window_set_title(window->gtk, wording_title(&window->dialog->request));
    gtk_label_set_label(window->name, _("Piradi"));
    build_state(window);
    update_buttons(window);
    fit_height(window);
    focus(window);
}

static void language_toggled(GtkToggleButton *button, gpointer user)
{
    struct window *window = user;
    if (gtk_toggle_button_get_active(button)) {
        language_use(GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(button), "language")));
        build_request(window);
        build_rest(window);
    }
}

static GtkWidget *new_language_switch(struct window *window)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    GtkToggleButton *first = NULL;
    gtk_widget_add_css_class(box, "linked");
    for (size_t i = 0; i < language_count(); i++) {
        GtkWidget *button = gtk_toggle_button_new_with_label(language_own_name(i));
        gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(button), first);
        first = GTK_TOGGLE_BUTTON(button);
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(button), i == language_current());
        g_object_set_data(G_OBJECT(button), "language", GUINT_TO_POINTER((guint)i));
        g_signal_connect(button, "toggled", G_CALLBACK(language_toggled), window);
        gtk_box_append(GTK_BOX(box), button);
    }
    return box;
}

static void confirm(struct window *window)
{
    const struct secret *pin = pin_field_secret(window->field);
    if (window->dialog->state == DIALOG_AGREEING) {
        session_agree(window->session);
    } else if (dialog_accepts_pin(window->dialog, secret_size(pin))) {
        session_type(window->session, pin);
    } else {
        gtk_widget_error_bell(GTK_WIDGET(window->field));
    }
}

static void close_by_person(struct window *window)
{
    pin_field_clear(window->field);
    session_close(window->session);
}

static void choose_activated(GSimpleAction *action, GVariant *index, gpointer user)
{
    struct window *window = user;
    (void)action;
    session_choose(window->session, (size_t)g_variant_get_int32(index));
}

static void other_activated(GSimpleAction *action, GVariant *nothing, gpointer user)
{
    struct window *window = user;
    (void)action;
    (void)nothing;
    session_ask_other(window->session);
}

/* The actions that change the page, each with its step. */
static const struct {
    const char *name;
    bool (*can)(const struct page_view *pages, int step);
    void (*change)(struct page_view *pages, int step);
    int step;
} page_actions[] = {
    {"page-after", page_view_can_turn, page_view_turn, 1},
    {"page-before", page_view_can_turn, page_view_turn, -1},
    {"larger", page_view_can_zoom, page_view_zoom, 1},
    {"smaller", page_view_can_zoom, page_view_zoom, -1},
};

static void update_page_actions(struct window *window)
{
    for (size_t i = 0; i < G_N_ELEMENTS(page_actions); i++) {
        GAction *action = g_action_map_lookup_action(window->actions, page_actions[i].name);
        g_simple_action_set_enabled(G_SIMPLE_ACTION(action),
                                    page_actions[i].can(window->pages, page_actions[i].step));
    }
}

static void page_activated(GSimpleAction *action, GVariant *nothing, gpointer user)
{
    struct window *window = user;
    const char *name = g_action_get_name(G_ACTION(action));
    (void)nothing;
    for (size_t i = 0; i < G_N_ELEMENTS(page_actions); i++) {
        if (strcmp(name, page_actions[i].name) == 0) {
            page_actions[i].change(window->pages, page_actions[i].step);
        }
    }
    fit_height(window);
    update_page_actions(window);
}

/* What was typed stays. */
static void build_pad(struct window *window)
{
    build_state(window);
    fit_height(window);
    focus(window);
}

static void digits_switched(GSimpleAction *action, GVariant *shown, gpointer user)
{
    struct window *window = user;
    g_simple_action_set_state(action, shown);
    window->pad.shown = g_variant_get_boolean(shown);
    build_pad(window);
}

static void shuffle_switched(GSimpleAction *action, GVariant *shuffled, gpointer user)
{
    struct window *window = user;
    g_simple_action_set_state(action, shuffled);
    window->pad.shuffled = g_variant_get_boolean(shuffled);
    build_pad(window);
}

/* What the buttons inside the views do. */
static void add_actions(struct window *window)
{
    static const GActionEntry entries[] = {
        {.name = "choose", .activate = choose_activated, .parameter_type = "i"},
        {.name = "other", .activate = other_activated},
        {.name = "digits", .state = "false", .change_state = digits_switched},
        {.name = "shuffle", .state = "false", .change_state = shuffle_switched},
        {.name = "page-after", .activate = page_activated},
        {.name = "page-before", .activate = page_activated},
        {.name = "larger", .activate = page_activated},
        {.name = "smaller", .activate = page_activated},
    };
    GSimpleActionGroup *actions = g_simple_action_group_new();
    window->actions = G_ACTION_MAP(actions);
    g_action_map_add_action_entries(window->actions, entries, G_N_ELEMENTS(entries), window);
    gtk_widget_insert_action_group(GTK_WIDGET(window->gtk), "prompt", G_ACTION_GROUP(actions));
    g_object_unref(actions); /* the window keeps it */
    window->pad.shown = digit_pad_is_useful(gdk_display_get_default());
    window->pad.low = screen_height() < LOW_SCREEN;
    g_simple_action_set_state(
        G_SIMPLE_ACTION(g_action_map_lookup_action(window->actions, "digits")),
        g_variant_new_boolean(window->pad.shown));
}

static gboolean close_requested(GtkWindow *gtk, gpointer user)
{
    (void)gtk;
    close_by_person(user);
    return TRUE; /* main takes it away */
}

static gboolean escape_pressed(GtkWidget *widget, GVariant *arguments, gpointer user)
{
    (void)widget;
    (void)arguments;
    close_by_person(user);
    return TRUE;
}

/* The keyboard stays in the PIN field; this moves the page behind it. */
static gboolean scroll(struct window *window, double pages)
{
    GtkAdjustment *at = gtk_scrolled_window_get_vadjustment(window->request);
    double step = gtk_adjustment_get_page_increment(at) * pages;
    gtk_adjustment_set_value(at, gtk_adjustment_get_value(at) + step);
    return TRUE;
}

static gboolean page_down_pressed(GtkWidget *widget, GVariant *arguments, gpointer user)
{
    (void)widget;
    (void)arguments;
    return scroll(user, 1);
}

static gboolean page_up_pressed(GtkWidget *widget, GVariant *arguments, gpointer user)
{
    (void)widget;
    (void)arguments;
    return scroll(user, -1);
}

/* Takes the action over. */
static void add_shortcut(GtkShortcutController *keys, guint keyval, GdkModifierType modifiers,
                         GtkShortcutAction *action)
{
    gtk_shortcut_controller_add_shortcut(
        keys, gtk_shortcut_new(gtk_keyval_trigger_new(keyval, modifiers), action));
}

static void add_keys(struct window *window)
{
    static const struct {
        guint keyval;
        const char *action;
    } with_control[] = {
        {GDK_KEY_Page_Down, "prompt.page-after"}, {GDK_KEY_Page_Up, "prompt.page-before"},
        {GDK_KEY_plus, "prompt.larger"},          {GDK_KEY_equal, "prompt.larger"},
        {GDK_KEY_KP_Add, "prompt.larger"},        {GDK_KEY_minus, "prompt.smaller"},
        {GDK_KEY_KP_Subtract, "prompt.smaller"},
    };
    GtkEventController *controller = gtk_shortcut_controller_new();
    GtkShortcutController *keys = GTK_SHORTCUT_CONTROLLER(controller);
    add_shortcut(keys, GDK_KEY_Escape, 0, gtk_callback_action_new(escape_pressed, window, NULL));
    add_shortcut(keys, GDK_KEY_Page_Down, 0,
                 gtk_callback_action_new(page_down_pressed, window, NULL));
    add_shortcut(keys, GDK_KEY_Page_Up, 0, gtk_callback_action_new(page_up_pressed, window, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(with_control); i++) {
        add_shortcut(keys, with_control[i].keyval, GDK_CONTROL_MASK,
                     gtk_named_action_new(with_control[i].action));
    }
    gtk_event_controller_set_propagation_phase(controller, GTK_PHASE_CAPTURE);
    gtk_widget_add_controller(GTK_WIDGET(window->gtk), controller);
}

static GtkWidget *new_header(struct window *window)
{
    GtkWidget *header = gtk_header_bar_new();
    window->name = GTK_LABEL(gtk_label_new(NULL));
    gtk_widget_add_css_class(GTK_WIDGET(window->name), "title-name");
    gtk_header_bar_set_title_widget(GTK_HEADER_BAR(header), GTK_WIDGET(window->name));
    gtk_header_bar_pack_start(GTK_HEADER_BAR(header), new_language_switch(window));
    return header;
}

static GtkWidget *new_buttons(struct window *window)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    window->cancel = GTK_BUTTON(gtk_button_new());
    window->confirm = GTK_BUTTON(gtk_button_new());
    gtk_widget_add_css_class(box, "buttons");
    gtk_widget_add_css_class(GTK_WIDGET(window->confirm), "suggested-action");
    gtk_widget_set_hexpand(GTK_WIDGET(window->cancel), TRUE);
    gtk_widget_set_halign(GTK_WIDGET(window->cancel), GTK_ALIGN_START);
    g_signal_connect_swapped(window->cancel, "clicked", G_CALLBACK(close_by_person), window);
    g_signal_connect_swapped(window->confirm, "clicked", G_CALLBACK(confirm), window);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(window->cancel));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(window->confirm));
    return box;
}

static GtkWidget *new_content(struct window *window)
{
    GtkWidget *content = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    window->request = GTK_SCROLLED_WINDOW(gtk_scrolled_window_new());
    gtk_scrolled_window_set_policy(window->request, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_overlay_scrolling(window->request, FALSE);
    window->state = GTK_BOX(gtk_box_new(GTK_ORIENTATION_VERTICAL, 0));
    gtk_widget_set_size_request(content, WINDOW_WIDTH, -1);
    gtk_box_append(GTK_BOX(content), GTK_WIDGET(window->request));
    gtk_box_append(GTK_BOX(content), GTK_WIDGET(window->state));
    window->buttons = new_buttons(window);
    gtk_box_append(GTK_BOX(content), window->buttons);
    return content;
}

struct window *window_new(struct session *session)
{
    PinField *field = pin_field_new();
    if (field == NULL) {
        return NULL;
    }
    struct window *window = g_new0(struct window, 1);
    window->session = session;
    window->dialog = session_dialog(session);
    window->pages = page_view_new(session);
    window->field = g_object_ref_sink(field);
    window->gtk = GTK_WINDOW(gtk_window_new());
    gtk_window_set_resizable(window->gtk, FALSE);
    gtk_window_set_titlebar(window->gtk, new_header(window));
    gtk_window_set_child(window->gtk, new_content(window));
    add_keys(window);
    add_actions(window);
    window->attention = attention_new(window->gtk);
    g_signal_connect(window->gtk, "close-request", G_CALLBACK(close_requested), window);
    g_signal_connect_swapped(field, "activate", G_CALLBACK(confirm), window);
    g_signal_connect_swapped(field, "changed", G_CALLBACK(update_buttons), window);
    return window;
}

void window_free(struct window **window)
{
    if (*window == NULL) {
        return;
    }
    attention_free(&(*window)->attention);
    gtk_window_destroy((*window)->gtk);
    g_object_unref((*window)->field);
    page_view_free(&(*window)->pages);
    g_free(*window);
    *window = NULL;
}

static bool show(struct window *window)
{
    const struct dialog *dialog = window->dialog;
    bool same = window->shown_request == dialog->requests;
    /* Left alone while the PIN is asked and used, so that it keeps where it was scrolled to. */
    if (!same || !window->shown_whole || !is_whole(dialog)) {
        if (is_whole(dialog) && !page_view_begin(window->pages)) {
            return false;
        }
        build_request(window);
    }
    window->shown_request = dialog->requests;
    window->shown_whole = is_whole(dialog);
    build_rest(window);
    update_page_actions(window);
    /* A window that has not been seen yet appears once, and whole. */
    if (dialog->state != DIALOG_RECEIVING) {
        gtk_window_present(window->gtk);
        attention_want(window->attention, wording_title(&dialog->request),
                       _("A window of Piradi is waiting for you."));
    }
    return true;
}

bool window_update(struct window *window)
{
    const struct dialog *dialog = window->dialog;
    if (window->shown_changes == dialog->changes) {
        return dialog_awaits_image(dialog) || page_view_take(window->pages);
    }
    window->shown_changes = dialog->changes;
    pin_field_clear(window->field);
    if (dialog->state == DIALOG_ASKING) {
        const struct pin_rule *rule = dialog_rule(dialog);
        pin_field_set_length(window->field, rule->min, rule->max);
    }
    return show(window);
}
