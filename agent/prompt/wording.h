/*
 * What a person reads in the window and in the terminal alike, in the current language, for the
 * dialog's request and step.
 */
#ifndef PIRADI_PROMPT_WORDING_H
#define PIRADI_PROMPT_WORDING_H

#include "agent/prompt/dialog.h"
#include "agent/prompt/sentences.h"
#include "base/must_use.h"

/* What the window is called in this request. Static. */
const char *wording_title(const struct message *request);

/* What the asker gets, before the asker is named; NULL when nothing is given to anybody. Static. */
const char *wording_what_is_given(const struct message *request);

/* The portal's name in the current language (Georgian, or English for all others), not made safe;
 * NULL if it has none. Lent. */
const char *wording_site_name(const struct site *site);

/* For a site that is local: the program that asks. Static. */
const char *wording_local_program(const struct message *request);

/* What is to be typed, e.g. "Signature PIN (6 digits)". For the caller to g_free(). */
char *wording_field(const struct dialog *dialog) MUST_USE;

/* That what was typed was wrong or does not match, or how many tries are left; NULL if there is
 * nothing to say. For the caller to g_free(). */
char *wording_trouble(const struct dialog *dialog) MUST_USE;

/* What the last try means; a headline and a warning. Untranslated. */
const struct sentence *wording_last_try(const struct dialog *dialog);

/* The button that confirms. Static. */
const char *wording_confirm(const struct dialog *dialog);

/* What a card's or the agent's work is called, and what to do meanwhile. Untranslated. */
const struct sentence *wording_working(const struct dialog *dialog);

/* What has been done. Untranslated. */
const struct sentence *wording_done(const struct request *request);

/* What is asked for a PIN pad or a certificate. Untranslated. */
const struct sentence *wording_agreeing(const struct dialog *dialog);

/* What is needed before it goes on. Untranslated. */
const struct sentence *wording_waiting(enum waiting_for waiting_for);

/* What is to be known about a site that no policy names. Static. */
const char *wording_unlisted(void);

/* That the site has signed its request. Static. */
const char *wording_verified(void);

#endif
