#include "agent/prompt/pin_field.h"

#include "agent/prompt/language.h"

/* In tenths of the font's size. */
#define PLACE_WIDTH 16
#define DOT_SIZE 7
#define RING_SIZE 9
#define FIELD_HEIGHT 26

struct _PinField {
    GtkWidget parent_instance;
    struct secret *secret;
    unsigned min;
    unsigned max;
};

G_DEFINE_TYPE(PinField, pin_field, GTK_TYPE_WIDGET)

enum { SIGNAL_CHANGED, SIGNAL_ACTIVATE, SIGNALS };
static guint signals[SIGNALS];

const struct secret *pin_field_secret(PinField *field)
{
    return field->secret;
}

static void describe_count(PinField *field)
{
    unsigned count = (unsigned)secret_size(field->secret);
    char *text = g_strdup_printf(ngettext("%u digit typed", "%u digits typed", count), count);
    gtk_accessible_update_property(GTK_ACCESSIBLE(field), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                   -1);
    g_free(text);
}

static void content_changed(PinField *field)
{
    describe_count(field);
    gtk_widget_queue_draw(GTK_WIDGET(field));
    g_signal_emit(field, signals[SIGNAL_CHANGED], 0);
}

void pin_field_clear(PinField *field)
{
    secret_clear(field->secret);
    content_changed(field);
}

void pin_field_set_length(PinField *field, unsigned min, unsigned max)
{
    field->min = min;
    field->max = max;
    gtk_widget_queue_resize(GTK_WIDGET(field));
}

/* The digit that a key stands for, or -1. */
static int digit_of_key(guint keyval)
{
    if (keyval >= GDK_KEY_0 && keyval <= GDK_KEY_9) {
        return (int)(keyval - GDK_KEY_0);
    }
    if (keyval >= GDK_KEY_KP_0 && keyval <= GDK_KEY_KP_9) {
        return (int)(keyval - GDK_KEY_KP_0);
    }
    return -1;
}

void pin_field_type(PinField *field, unsigned digit)
{
    if (secret_size(field->secret) < field->max && digit <= 9 &&
        secret_append(field->secret, (uint8_t)('0' + digit))) {
        content_changed(field);
        return;
    }
    gtk_widget_error_bell(GTK_WIDGET(field));
}

void pin_field_erase(PinField *field)
{
    secret_remove_last(field->secret);
    content_changed(field);
}

static gboolean key_pressed(GtkEventControllerKey *controller, guint keyval, guint keycode,
                            GdkModifierType modifiers, gpointer user)
{
    PinField *field = PIN_FIELD(user);
    int digit = digit_of_key(keyval);
    (void)controller;
    (void)keycode;
    if ((modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) != 0) {
        return GDK_EVENT_PROPAGATE;
    }
    if (digit >= 0) {
        pin_field_type(field, (unsigned)digit);
        return GDK_EVENT_STOP;
    }
    switch (keyval) {
    case GDK_KEY_BackSpace:
        pin_field_erase(field);
        return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_ISO_Enter:
        g_signal_emit(field, signals[SIGNAL_ACTIVATE], 0);
        return GDK_EVENT_STOP;
    default:
        return GDK_EVENT_PROPAGATE;
    }
}

static void pressed(GtkGestureClick *gesture, int presses, double x, double y, gpointer user)
{
    (void)gesture;
    (void)presses;
    (void)x;
    (void)y;
    gtk_widget_grab_focus(GTK_WIDGET(user));
}

static float font_size(GtkWidget *widget)
{
    PangoContext *context = gtk_widget_get_pango_context(widget);
    PangoFontMetrics *metrics = pango_context_get_metrics(context, NULL, NULL);
    float size = (float)pango_font_metrics_get_height(metrics) / PANGO_SCALE * 0.72F;
    pango_font_metrics_unref(metrics);
    return size;
}

static unsigned places(PinField *field)
{
    return MAX(field->min, (unsigned)secret_size(field->secret));
}

static void measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline)
{
    PinField *field = PIN_FIELD(widget);
    float tenth = font_size(widget) / 10;
    (void)for_size;
    if (orientation == GTK_ORIENTATION_HORIZONTAL) {
        *minimum = (int)(tenth * PLACE_WIDTH * (float)MIN(field->max, 16));
    } else {
        *minimum = (int)(tenth * FIELD_HEIGHT);
    }
    *natural = *minimum;
    *minimum_baseline = -1;
    *natural_baseline = -1;
}

static void snapshot_circle(GtkSnapshot *snapshot, float x, float y, float size,
                            const GdkRGBA *colour, bool filled)
{
    GskRoundedRect circle;
    graphene_rect_t box = GRAPHENE_RECT_INIT(x - size / 2, y - size / 2, size, size);
    gsk_rounded_rect_init_from_rect(&circle, &box, size / 2);
    if (filled) {
        gtk_snapshot_push_rounded_clip(snapshot, &circle);
        gtk_snapshot_append_color(snapshot, colour, &box);
        gtk_snapshot_pop(snapshot);
        return;
    }
    gtk_snapshot_append_border(snapshot, &circle, (const float[]){1.5F, 1.5F, 1.5F, 1.5F},
                               (const GdkRGBA[]){*colour, *colour, *colour, *colour});
}

static void draw(GtkWidget *widget, GtkSnapshot *snapshot)
{
    PinField *field = PIN_FIELD(widget);
    unsigned typed = (unsigned)secret_size(field->secret);
    unsigned count = places(field);
    float tenth = font_size(widget) / 10;
    float width = (float)gtk_widget_get_width(widget);
    float step = MIN(tenth * PLACE_WIDTH, width / (float)MAX(count, 1));
    float first = (width - step * (float)count + step) / 2;
    float y = (float)gtk_widget_get_height(widget) / 2;
    GdkRGBA dot;
    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &dot);
    GdkRGBA ring = dot;
    ring.alpha *= 0.35F;
    for (unsigned i = 0; i < count; i++) {
        float x = first + step * (float)i;
        if (i < typed) {
            snapshot_circle(snapshot, x, y, tenth * DOT_SIZE, &dot, true);
        } else {
            bool next = i == typed && gtk_widget_has_focus(widget);
            snapshot_circle(snapshot, x, y, tenth * RING_SIZE, next ? &dot : &ring, false);
        }
    }
}

static void finalize(GObject *object)
{
    secret_free(&PIN_FIELD(object)->secret);
    G_OBJECT_CLASS(pin_field_parent_class)->finalize(object);
}

static void pin_field_class_init(PinFieldClass *class)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(class);
    G_OBJECT_CLASS(class)->finalize = finalize;
    widget_class->measure = measure;
    widget_class->snapshot = draw;
    gtk_widget_class_set_css_name(widget_class, "entry");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_TEXT_BOX);
    GType type = G_TYPE_FROM_CLASS(class);
    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_ACTIVATE] =
        g_signal_new("activate", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void pin_field_init(PinField *field)
{
    GtkEventController *keys = gtk_event_controller_key_new();
    GtkGesture *click = gtk_gesture_click_new();
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), field);
    g_signal_connect(click, "pressed", G_CALLBACK(pressed), field);
    gtk_widget_add_controller(GTK_WIDGET(field), keys);
    gtk_widget_add_controller(GTK_WIDGET(field), GTK_EVENT_CONTROLLER(click));
    gtk_widget_set_focusable(GTK_WIDGET(field), TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(field), "pin");
    gtk_widget_set_cursor_from_name(GTK_WIDGET(field), "text");
}

PinField *pin_field_new(void)
{
    struct secret *secret = secret_new();
    if (secret == NULL) {
        return NULL;
    }
    PinField *field = g_object_new(PIN_TYPE_FIELD, NULL);
    field->secret = secret;
    return field;
}
