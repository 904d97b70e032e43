/*
 * The pages of the letter that is to be signed: one at a time, with buttons for the actions
 * "prompt.page-before", "prompt.page-after", "prompt.smaller" and "prompt.larger". What is shown
 * comes from the session; its widget can be built anew at any time, for another language or state.
 */
#ifndef PIRADI_PROMPT_PAGE_VIEW_H
#define PIRADI_PROMPT_PAGE_VIEW_H

#include <gtk/gtk.h>
#include <stdbool.h>

#include "agent/prompt/session.h"
#include "base/must_use.h"

struct page_view;

/* Never NULL. The session is lent for its life. */
struct page_view *page_view_new(struct session *session) MUST_USE;
void page_view_free(struct page_view **view);

/* A new request is to be shown: its first page, if it has one, comes with it. False if the picture
 * cannot be decoded. */
bool page_view_begin(struct page_view *view) MUST_USE;

/* A further page has come. False if its picture cannot be decoded. */
bool page_view_take(struct page_view *view) MUST_USE;

/* The widget, in the current language; only of a document with a picture. It is the view's last
 * one: turning and zooming change it. */
GtkWidget *page_view_build(struct page_view *view);

/* step is 1 or -1; turn and zoom only where they can. */
bool page_view_can_turn(const struct page_view *view, int step);
bool page_view_can_zoom(const struct page_view *view, int step);
void page_view_turn(struct page_view *view, int step);
void page_view_zoom(struct page_view *view, int step);

#endif
