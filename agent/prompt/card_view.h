/* A card: who holds it, who issued it, until when it is valid, and in which reader it is. */
#ifndef PIRADI_PROMPT_CARD_VIEW_H
#define PIRADI_PROMPT_CARD_VIEW_H

#include <gtk/gtk.h>

#include "agent/prompt/request.h"

/* The one that is used, in the current language; with a button for the action "prompt.other" if
 * there are others. */
GtkWidget *card_view_new(const struct card *card, bool other_cards);

/* A button for each of the request's cards: the action "prompt.choose" with its index (i). */
GtkWidget *card_choice_new(const struct request *request);

#endif
