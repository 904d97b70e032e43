/*
 * Programs log; libraries return. To standard error, one line each, which the journal or a file
 * takes. Nothing handed to these may hold a PIN, a nonce, a personal number, a name or document
 * text.
 */
#ifndef PIRADI_LOG_H
#define PIRADI_LOG_H

#include "base/must_use.h"

/* Names this process in its lines, e.g. "piradi-agent". The string is kept, not copied. */
void log_open(const char *program);

void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *format, ...) PRINTF_LIKE(1, 2);
void log_error(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
