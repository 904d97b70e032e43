#include "agent/prompt/widgets.h"

#include "agent/prompt/text.h"

#define PICTURE_SIZE 64
/* Lets long words of Georgian break the line instead of widening the window. */
#define LABEL_CHARS 40

static GtkWidget *label_with_role(const char *text, const char *css_class, GtkAccessibleRole role)
{
    GtkWidget *label =
        g_object_new(GTK_TYPE_LABEL, "accessible-role", role, "label", text, "xalign", 0.0F, "wrap",
                     TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR, "max-width-chars", LABEL_CHARS, NULL);
    if (css_class != NULL) {
        gtk_widget_add_css_class(label, css_class);
    }
    return label;
}

GtkWidget *widgets_label(const char *text, const char *css_class)
{
    return label_with_role(text, css_class, GTK_ACCESSIBLE_ROLE_LABEL);
}

GtkWidget *widgets_alert(const char *text, const char *css_class)
{
    return label_with_role(text, css_class, GTK_ACCESSIBLE_ROLE_ALERT);
}

GtkWidget *widgets_foreign_label(const char *text, const char *css_class)
{
    char *shown = text_for_display(text);
    GtkWidget *label = widgets_label(shown, css_class);
    g_free(shown);
    return label;
}

GtkWidget *widgets_column(int spacing, const char *css_class)
{
    GtkWidget *column = gtk_box_new(GTK_ORIENTATION_VERTICAL, spacing);
    if (css_class != NULL) {
        gtk_widget_add_css_class(column, css_class);
    }
    return column;
}

GtkWidget *widgets_picture(const char *icon_name)
{
    GtkWidget *picture = gtk_image_new_from_icon_name(icon_name);
    gtk_image_set_pixel_size(GTK_IMAGE(picture), PICTURE_SIZE);
    gtk_widget_add_css_class(picture, "picture");
    return picture;
}

GtkWidget *widgets_centred_label(const char *text, const char *css_class)
{
    GtkWidget *label = widgets_label(text, css_class);
    gtk_label_set_xalign(GTK_LABEL(label), 0.5F);
    gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
    return label;
}

GtkWidget *widgets_notice(GtkWidget *picture, const char *headline, const char *advice)
{
    GtkWidget *notice =
        g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_ALERT, "orientation",
                     GTK_ORIENTATION_VERTICAL, "spacing", 12, "focusable", TRUE, NULL);
    gtk_widget_add_css_class(notice, "notice");
    gtk_box_append(GTK_BOX(notice), picture);
    gtk_box_append(GTK_BOX(notice), widgets_centred_label(headline, "headline"));
    gtk_box_append(GTK_BOX(notice), widgets_centred_label(advice, NULL));
    gtk_accessible_update_property(GTK_ACCESSIBLE(notice), GTK_ACCESSIBLE_PROPERTY_LABEL, headline,
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, advice, -1);
    return notice;
}
