#include "agent/prompt/digit_pad.h"

#include <sys/random.h>

#include "agent/prompt/language.h"
#include "agent/prompt/widgets.h"

#define DIGITS 10
#define HIGH_COLUMNS 3 /* as on a telephone */
#define LOW_COLUMNS 6

/* One of count numbers, each as likely as another. */
static unsigned random_below(unsigned count)
{
    uint8_t byte;
    do {
        if (getrandom(&byte, 1, 0) != 1) {
            byte = 0xFF; /* interrupted: again */
        }
    } while (byte >= 256 / count * count);
    return byte % count;
}

/* Fisher and Yates. */
static void shuffle(unsigned digits[DIGITS])
{
    for (unsigned i = DIGITS - 1; i > 0; i--) {
        unsigned other = random_below(i + 1);
        unsigned digit = digits[i];
        digits[i] = digits[other];
        digits[other] = digit;
    }
}

static void digit_clicked(GtkButton *button, gpointer field)
{
    unsigned digit = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(button), "digit"));
    pin_field_type(PIN_FIELD(field), digit);
}

static void erase_clicked(GtkButton *button, gpointer field)
{
    (void)button;
    pin_field_erase(PIN_FIELD(field));
}

/* The keyboard stays in the field. */
static void attach(GtkWidget *grid, GtkWidget *button, int place, int columns)
{
    gtk_widget_set_focusable(button, FALSE);
    gtk_widget_set_hexpand(button, TRUE);
    gtk_widget_add_css_class(button, "digit");
    gtk_grid_attach(GTK_GRID(grid), button, place % columns, place / columns, 1, 1);
}

static GtkWidget *new_digit(unsigned digit, PinField *field)
{
    const char label[] = {(char)('0' + digit), '\0'};
    GtkWidget *button = gtk_button_new_with_label(label);
    g_object_set_data(G_OBJECT(button), "digit", GUINT_TO_POINTER(digit));
    g_signal_connect(button, "clicked", G_CALLBACK(digit_clicked), field);
    return button;
}

static void name_button(GtkWidget *button, const char *name)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
    gtk_widget_set_tooltip_text(button, name);
}

static GtkWidget *new_switch(const char *icon_name, const char *name, const char *action)
{
    GtkWidget *button = gtk_toggle_button_new();
    gtk_button_set_icon_name(GTK_BUTTON(button), icon_name);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
    name_button(button, name);
    return button;
}

static GtkWidget *new_eraser(PinField *field)
{
    GtkWidget *eraser = gtk_button_new_from_icon_name("edit-clear-symbolic");
    name_button(eraser, _("Erase the last digit"));
    g_signal_connect(eraser, "clicked", G_CALLBACK(erase_clicked), field);
    return eraser;
}

GtkWidget *digit_pad_new(const struct digit_pad_options *options, PinField *field)
{
    unsigned digits[DIGITS] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0};
    int columns = options->low ? LOW_COLUMNS : HIGH_COLUMNS;
    int shuffle_place = options->low ? 2 * LOW_COLUMNS - 1 : 3 * HIGH_COLUMNS;
    int eraser_place = options->low ? LOW_COLUMNS - 1 : 4 * HIGH_COLUMNS - 1;
    GtkWidget *grid = gtk_grid_new();
    gtk_grid_set_row_spacing(GTK_GRID(grid), 6);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 6);
    if (options->shuffled) {
        shuffle(digits);
    }
    attach(grid,
           new_switch("media-playlist-shuffle-symbolic", _("Shuffle the digits"), "prompt.shuffle"),
           shuffle_place, columns);
    attach(grid, new_eraser(field), eraser_place, columns);
    for (int i = 0, place = 0; i < DIGITS; place++) {
        if (place != shuffle_place && place != eraser_place) {
            attach(grid, new_digit(digits[i++], field), place, columns);
        }
    }
    return grid;
}

GtkWidget *digit_pad_switch_new(void)
{
    GtkWidget *button =
        new_switch("input-dialpad-symbolic", _("Digits on the screen"), "prompt.digits");
    gtk_widget_add_css_class(button, "flat");
    return button;
}

bool digit_pad_is_useful(GdkDisplay *display)
{
    GdkSeat *seat = gdk_display_get_default_seat(display);
    return seat != NULL && (gdk_seat_get_capabilities(seat) & GDK_SEAT_CAPABILITY_TOUCH) != 0;
}
