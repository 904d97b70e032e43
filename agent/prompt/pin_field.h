/*
 * The field in which a PIN is typed: a widget of our own, because GTK's entries keep their text in
 * ordinary memory and hand it to input methods, the clipboard and accessibility (rule A1). It takes
 * digits from key events and the digit pad alone, keeps them in a struct secret, draws dots, and
 * tells a screen reader how many digits there are.
 */
#ifndef PIRADI_PROMPT_PIN_FIELD_H
#define PIRADI_PROMPT_PIN_FIELD_H

#include <gtk/gtk.h>

#include "base/secret.h"

#define PIN_TYPE_FIELD (pin_field_get_type())
G_DECLARE_FINAL_TYPE(PinField, pin_field, PIN, FIELD, GtkWidget)

/*
 * Signals: "changed" after each digit or deletion, "activate" when Return is pressed. NULL if no
 * memory can be locked.
 */
PinField *pin_field_new(void);

/* How many digits are allowed: min are drawn as places, more than max are not taken. */
void pin_field_set_length(PinField *field, unsigned min, unsigned max);

/* One more digit, 0 to 9, as a key gives it; one that has no room rings the bell. */
void pin_field_type(PinField *field, unsigned digit);

/* One digit less. */
void pin_field_erase(PinField *field);

/* The content, lent. Copy it nowhere. */
const struct secret *pin_field_secret(PinField *field);

void pin_field_clear(PinField *field);

#endif
