#include "agent/prompt/card_view.h"

#include "agent/prompt/language.h"
#include "agent/prompt/text.h"
#include "agent/prompt/widgets.h"

static void add_row(GtkWidget *grid, int row, const char *name, GtkWidget *value)
{
    GtkWidget *label = widgets_label(name, "dim-label");
    gtk_label_set_max_width_chars(GTK_LABEL(label), 24);
    gtk_widget_set_valign(label, GTK_ALIGN_START);
    gtk_widget_set_hexpand(value, TRUE);
    gtk_grid_attach(GTK_GRID(grid), label, 0, row, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), value, 1, row, 1, 1);
}

static void fill(GtkWidget *column, const struct card *card)
{
    const struct holder *holder = &card->holder;
    char *valid_until = text_of_date(&holder->valid_until);
    GtkWidget *grid = gtk_grid_new();
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 4);
    add_row(grid, 0, _("Personal number"), widgets_foreign_label(holder->personal_number, NULL));
    add_row(grid, 1, _("Issued by"), widgets_foreign_label(holder->issuer, NULL));
    add_row(grid, 2, _("Valid until"), widgets_label(valid_until, NULL));
    add_row(grid, 3, _("Card reader"), widgets_foreign_label(card->reader, NULL));
    gtk_box_append(GTK_BOX(column), widgets_foreign_label(holder->name, "name"));
    gtk_box_append(GTK_BOX(column), grid);
    g_free(valid_until);
}

GtkWidget *card_view_new(const struct card *card, bool other_cards)
{
    GtkWidget *view = widgets_column(8, "sheet");
    fill(view, card);
    if (other_cards) {
        GtkWidget *button = gtk_button_new_with_label(_("Use another card"));
        gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "prompt.other");
        gtk_widget_set_halign(button, GTK_ALIGN_END);
        gtk_box_append(GTK_BOX(view), button);
    }
    return view;
}

static GtkWidget *new_choice(const struct card *card, int index)
{
    GtkWidget *button = gtk_button_new();
    GtkWidget *view = widgets_column(8, NULL);
    char *name = text_for_display(card->holder.name);
    char *number = text_for_display(card->holder.personal_number);
    char *reader = text_for_display(card->reader);
    char *place = g_strdup_printf("%s, %s", number, reader);
    fill(view, card);
    gtk_button_set_child(GTK_BUTTON(button), view);
    gtk_widget_add_css_class(button, "choice");
    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "prompt.choose");
    gtk_actionable_set_action_target(GTK_ACTIONABLE(button), "i", index);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, place, -1);
    g_free(place);
    g_free(reader);
    g_free(number);
    g_free(name);
    return button;
}

GtkWidget *card_choice_new(const struct request *request)
{
    GtkWidget *view = widgets_column(8, NULL);
    gtk_box_append(GTK_BOX(view), widgets_label(_("Which card do you want to use?"), "headline"));
    for (size_t i = 0; i < request->cards_count; i++) {
        gtk_box_append(GTK_BOX(view), new_choice(&request->cards[i], (int)i));
    }
    return view;
}
