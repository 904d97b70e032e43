#include "agent/prompt/colour_scheme.h"

#include <gtk/gtk.h>
#include <stdbool.h>
#include <string.h>

#define NAMESPACE "org.freedesktop.appearance"
#define KEY "color-scheme"
#define PREFER_DARK 1

static void apply(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32)) {
        g_object_set(gtk_settings_get_default(), "gtk-application-prefer-dark-theme",
                     g_variant_get_uint32(value) == PREFER_DARK, NULL);
    }
}

static void setting_changed(GDBusProxy *proxy, const char *sender, const char *signal,
                            GVariant *parameters, gpointer user)
{
    (void)proxy;
    (void)sender;
    (void)user;
    if (strcmp(signal, "SettingChanged") != 0 ||
        !g_variant_is_of_type(parameters, G_VARIANT_TYPE("(ssv)"))) {
        return;
    }
    const char *name_space;
    const char *key;
    GVariant *value;
    g_variant_get(parameters, "(&s&sv)", &name_space, &key, &value);
    if (strcmp(name_space, NAMESPACE) == 0 && strcmp(key, KEY) == 0) {
        apply(value);
    }
    g_variant_unref(value);
}

static void setting_read(GObject *proxy, GAsyncResult *result, gpointer user)
{
    GVariant *answer = g_dbus_proxy_call_finish(G_DBUS_PROXY(proxy), result, NULL);
    (void)user;
    if (answer == NULL) {
        return;
    }
    if (g_variant_is_of_type(answer, G_VARIANT_TYPE("(v)"))) {
        GVariant *value;
        g_variant_get(answer, "(v)", &value);
        /* Read, unlike ReadOne of newer portals, wraps the value twice. */
        while (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT)) {
            GVariant *inner = g_variant_get_variant(value);
            g_variant_unref(value);
            value = inner;
        }
        apply(value);
        g_variant_unref(value);
    }
    g_variant_unref(answer);
}

static void proxy_ready(GObject *source, GAsyncResult *result, gpointer user)
{
    (void)source;
    (void)user;
    /* Kept as long as the program lives: it brings the changes. */
    GDBusProxy *proxy = g_dbus_proxy_new_for_bus_finish(result, NULL);
    if (proxy == NULL) {
        return;
    }
    g_signal_connect(proxy, "g-signal", G_CALLBACK(setting_changed), NULL);
    g_dbus_proxy_call(proxy, "Read", g_variant_new("(ss)", NAMESPACE, KEY), G_DBUS_CALL_FLAGS_NONE,
                      -1, NULL, setting_read, NULL);
}

void colour_scheme_follow(void)
{
    g_dbus_proxy_new_for_bus(G_BUS_TYPE_SESSION, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL,
                             "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                             "org.freedesktop.portal.Settings", NULL, proxy_ready, NULL);
}
