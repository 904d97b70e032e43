/* The terminal in which a person who has no display is asked. */
#ifndef PIRADI_AGENT_TERMINAL_H
#define PIRADI_AGENT_TERMINAL_H

#include <stdbool.h>

#include "base/must_use.h"

/* Whether it is a name of terminal_open's. Pure. */
bool terminal_is_name(const char *text);

/*
 * Opens "/dev/pts/N", if it is a terminal of this user's; -1 otherwise. It does not become this
 * process's own.
 */
int terminal_open(const char *name) MUST_USE;

/* Whether this user's windows have a place to be shown. */
bool terminal_is_not_needed(void);

#endif
