/* Text of others, made safe to show; and numbers and dates as a person reads them. */
#ifndef PIRADI_PROMPT_TEXT_H
#define PIRADI_PROMPT_TEXT_H

#include <stdint.h>

#include "agent/prompt/message.h"
#include "base/must_use.h"

/* Characters of a certificate, a file name or a reader that are shown; what is longer ends in "…".
 */
#define TEXT_SHOWN_MAX 200

/*
 * A copy for the caller to g_free() in which each control, format (also those that turn the
 * direction of writing), line-breaking, private and unassigned character is U+FFFD, so that no
 * text can dress up as another.
 */
char *text_for_display(const char *utf8) MUST_USE;

/* The same of a text of many lines, whole: line feeds stay. */
char *text_of_lines(const char *utf8) MUST_USE;

/* In the current language, for the caller to g_free(). */
char *text_of_date(const struct date *date) MUST_USE;
char *text_of_size(uint64_t size_bytes) MUST_USE;

/* Groups of four, e.g. "e3b0 c442 …", for the caller to g_free(). */
char *text_of_digest(const char *hex) MUST_USE;

#endif
