/* The few building blocks that every part of the window is made of. */
#ifndef PIRADI_PROMPT_WIDGETS_H
#define PIRADI_PROMPT_WIDGETS_H

#include <gtk/gtk.h>

/* A wrapping label, aligned to the start, with a style class of style.css or NULL. */
GtkWidget *widgets_label(const char *text, const char *css_class);

/* The same for somebody else's text, through text_for_display. */
GtkWidget *widgets_foreign_label(const char *text, const char *css_class);

/* As widgets_label, but a screen reader says it as soon as it appears. */
GtkWidget *widgets_alert(const char *text, const char *css_class);

/* A column; style class or NULL. */
GtkWidget *widgets_column(int spacing, const char *css_class);

/* As widgets_label, but in the middle. */
GtkWidget *widgets_centred_label(const char *text, const char *css_class);

/*
 * A big symbolic picture above two centred lines: a headline and what to do. It can have the
 * keyboard focus, so that a screen reader says it and no button is pressed by a key that was meant
 * for what went before.
 */
GtkWidget *widgets_notice(GtkWidget *picture, const char *headline, const char *advice);

GtkWidget *widgets_picture(const char *icon_name);

#endif
