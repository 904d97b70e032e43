/*
 * Which browser extensions may use the native host. A browser starts it only for those in its own
 * manifest, and names the one that asks among the arguments: Chromium and its kin as the first,
 * "chrome-extension://ID/"; Firefox as the second, after the manifest's path.
 *
 * Known are the published Web eID extensions, and those in the administrator's `extensions.conf`:
 *
 *     [extension]
 *     id = chrome-extension://abcdefghijklmnopabcdefghijklmnop/
 *
 *     [origins]
 *     unlisted = refuse
 *
 * The second section, or `unlisted = warn`, is about the pages (permission.h).
 */
#ifndef PIRADI_NATIVE_HOST_EXTENSION_H
#define PIRADI_NATIVE_HOST_EXTENSION_H

#include <stdbool.h>

#include "base/must_use.h"

/*
 * As main gets them. True, and whether the administrator refuses origins that no portal file
 * names, for an extension that is known. An absent file says nothing; a wrong one, logged, makes
 * every extension unknown.
 */
bool extension_is_known(int argc, char *const argv[], const char *config_path,
                        bool *unlisted_refused) MUST_USE;

#endif
