#include "agent/prompt/attention.h"

/* How long a desktop may take to raise a window. */
#define PATIENCE_MS 1500

#define SERVICE "org.freedesktop.Notifications"
#define PATH "/org/freedesktop/Notifications"

struct attention {
    GtkWindow *window;
    gulong handler; /* of the window's "notify::is-active" */
    guint timer;    /* 0 unless patience runs */
    char *summary;
    char *body;
    GCancellable *cancellable; /* of the notification under way; NULL if there is none */
    GDBusConnection *bus;      /* NULL until it is shown */
    guint32 id;                /* of what is shown, or 0 */
};

static void shown(GObject *bus, GAsyncResult *result, gpointer user)
{
    GVariant *answer = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, NULL);
    if (answer == NULL) {
        return; /* taken back, or no such service */
    }
    struct attention *attention = user;
    g_variant_get(answer, "(u)", &attention->id);
    attention->bus = g_object_ref(G_DBUS_CONNECTION(bus));
    g_variant_unref(answer);
}

static void bus_found(GObject *source, GAsyncResult *result, gpointer user)
{
    GDBusConnection *bus = g_bus_get_finish(result, NULL);
    (void)source;
    if (bus == NULL) {
        return;
    }
    struct attention *attention = user;
    GVariantBuilder actions;
    GVariantBuilder hints;
    g_variant_builder_init(&actions, G_VARIANT_TYPE("as"));
    g_variant_builder_init(&hints, G_VARIANT_TYPE("a{sv}"));
    g_variant_builder_add(&hints, "{sv}", "urgency", g_variant_new_byte(2));
    g_dbus_connection_call(bus, SERVICE, PATH, SERVICE, "Notify",
                           g_variant_new("(susssasa{sv}i)", g_get_prgname(), 0,
                                         "auth-smartcard-symbolic", attention->summary,
                                         attention->body, &actions, &hints, 0),
                           G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, -1,
                           attention->cancellable, shown, attention);
    g_object_unref(bus);
}

static gboolean patience_is_over(gpointer user)
{
    struct attention *attention = user;
    attention->timer = 0;
    attention->cancellable = g_cancellable_new();
    g_bus_get(G_BUS_TYPE_SESSION, attention->cancellable, bus_found, attention);
    return G_SOURCE_REMOVE;
}

static void take_back(struct attention *attention)
{
    if (attention->timer != 0) {
        g_source_remove(attention->timer);
        attention->timer = 0;
    }
    if (attention->cancellable != NULL) {
        g_cancellable_cancel(attention->cancellable);
        g_clear_object(&attention->cancellable);
    }
    if (attention->bus != NULL) {
        g_dbus_connection_call(attention->bus, SERVICE, PATH, SERVICE, "CloseNotification",
                               g_variant_new("(u)", attention->id), NULL, G_DBUS_CALL_FLAGS_NONE,
                               -1, NULL, NULL, NULL);
        /* The program may end next. */
        g_dbus_connection_flush_sync(attention->bus, NULL, NULL);
        g_clear_object(&attention->bus);
    }
}

static void activity_changed(GtkWindow *window, GParamSpec *property, gpointer user)
{
    (void)property;
    if (gtk_window_is_active(window)) {
        take_back(user);
    }
}

struct attention *attention_new(GtkWindow *window)
{
    struct attention *attention = g_new0(struct attention, 1);
    attention->window = window;
    attention->handler =
        g_signal_connect(window, "notify::is-active", G_CALLBACK(activity_changed), attention);
    return attention;
}

void attention_free(struct attention **attention)
{
    take_back(*attention);
    g_signal_handler_disconnect((*attention)->window, (*attention)->handler);
    g_free((*attention)->summary);
    g_free((*attention)->body);
    g_free(*attention);
    *attention = NULL;
}

void attention_want(struct attention *attention, const char *summary, const char *body)
{
    g_free(attention->summary);
    g_free(attention->body);
    attention->summary = g_strdup(summary);
    attention->body = g_strdup(body);
    if (!gtk_window_is_active(attention->window) && attention->timer == 0 &&
        attention->cancellable == NULL) {
        attention->timer = g_timeout_add(PATIENCE_MS, patience_is_over, attention);
    }
}
