/*
 * Digits on the screen, for whoever has no keyboard: buttons that type into the PIN field, never
 * have the focus, and so tell a screen reader nothing of what is pressed. In a shuffled pad fingers
 * and their traces on the glass give no PIN away.
 */
#ifndef PIRADI_PROMPT_DIGIT_PAD_H
#define PIRADI_PROMPT_DIGIT_PAD_H

#include <gtk/gtk.h>
#include <stdbool.h>

#include "agent/prompt/pin_field.h"

struct digit_pad_options {
    bool shown;
    bool shuffled;
    bool low; /* in two rows, for a screen that has no room for four */
};

/* In the current language: a switch for the action "prompt.digits". */
GtkWidget *digit_pad_switch_new(void);

/* The digits, each time in another order if shuffled, and a switch for that, "prompt.shuffle". The
 * field is lent for the widget's life. */
GtkWidget *digit_pad_new(const struct digit_pad_options *options, PinField *field);

/* Whether the display can be touched, so that the digits had better be shown. */
bool digit_pad_is_useful(GdkDisplay *display);

#endif
