/*
 * What an administrator and then the user decided: `agent.conf` in the system's folder, and then
 * `$XDG_CONFIG_HOME/piradi/agent.conf`. Both are like this, and may be missing:
 *
 *     [agent]
 *     remember-card = yes       yes or no
 *     unlisted-logins = no      yes or no
 *     lock = unlisted-logins    keys that the user's file does not change; the system's file only
 *
 * A file that anyone but root or this user could have written is refused, and so is a wrong key or
 * value: nothing holds then, because half a configuration would let nobody know. What a user's file
 * says of a locked key is read and does not hold.
 */
#ifndef PIRADI_CONFIG_H
#define PIRADI_CONFIG_H

#include <limits.h>
#include <stdbool.h>

#include "base/must_use.h"

#define CONFIG_REASON_MAX 512

enum config_key {
    CONFIG_REMEMBER_CARD,   /* the choice among cards holds as long as the agent runs */
    CONFIG_UNLISTED_LOGINS, /* people may log in to an origin that no portal's file names */
    CONFIG_KEYS
};

enum config_source { CONFIG_BUILT_IN, CONFIG_SYSTEM, CONFIG_USER };

struct config {
    bool values[CONFIG_KEYS];
    enum config_source sources[CONFIG_KEYS];
    bool locked[CONFIG_KEYS];
    char files[CONFIG_USER + 1][PATH_MAX]; /* by source; empty for CONFIG_BUILT_IN */
};

/* The files as they are now. False, with the reason as one line, naming file and line. */
bool config_read(struct config *config, char reason[CONFIG_REASON_MAX]) MUST_USE;

/* As in the file, e.g. "remember-card". */
const char *config_key_name(enum config_key key);

#endif
