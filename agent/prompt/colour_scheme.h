/*
 * Light or dark, as the desktop's user prefers: the setting `color-scheme` of
 * org.freedesktop.appearance from the desktop portal (xdg-desktop-portal, org.freedesktop.portal
 * .Settings). GTK 4.8 does not follow it by itself.
 */
#ifndef PIRADI_PROMPT_COLOUR_SCHEME_H
#define PIRADI_PROMPT_COLOUR_SCHEME_H

/* Follows it from now on, in the background; where no portal answers nothing changes. After
 * gtk_init. */
void colour_scheme_follow(void);

#endif
