/*
 * Which browser extensions may use the native host. A browser starts it only for those in its own
 * manifest, and names the one that asks among the arguments: Chromium and its kin as the first,
 * "chrome-extension://ID/"; Firefox as the second, after the manifest's path.
 *
 * Known are the published Web eID extensions, and those in the administrator's `extensions.conf`:
 *
 *     [extension]
 *     id = chrome-extension://abcdefghijklmnopabcdefghijklmnop/
 */
#ifndef PIRADI_NATIVE_HOST_EXTENSION_H
#define PIRADI_NATIVE_HOST_EXTENSION_H

#include <stdbool.h>

#include "base/must_use.h"

/* As main gets them. Of an absent file nothing is known; a wrong one is refused, logged. */
bool extension_is_known(int argc, char *const argv[], const char *config_path) MUST_USE;

#endif
