/* Which names a file in a container may have (ETSI EN 319 162-1, 4.3.3): those that every program
 * unpacks to the same place below its own folder. */
#ifndef PIRADI_ASICE_NAME_H
#define PIRADI_ASICE_NAME_H

#include <stdbool.h>

#include "base/must_use.h"

/* Relative, valid UTF-8 of at most ASICE_NAME_MAX bytes, no part empty, "." or "..", no backslash,
 * colon or control character, and no name that the container keeps for itself. */
bool asice_name_is_allowed(const char *name) MUST_USE;

/* Below META-INF/, in capitals or not. */
bool asice_name_is_meta(const char *name) MUST_USE;

/* Below META-INF/, with "signatures" in it, and ending in ".xml" (4.4.3.2). */
bool asice_name_is_signature(const char *name) MUST_USE;

#endif
