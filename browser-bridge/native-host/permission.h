/*
 * Which origins may ask the native host for what. The administrator's portal files say so, as for
 * the bridge (base/portals.h); an origin that none of them names may only log the person in, after
 * the prompt's plain warning, unless `extensions.conf` forbids that too:
 *
 *     [origins]
 *     unlisted = refuse
 *
 * A portal that must sign its requests cannot ask here: the protocol has no place for a signature.
 */
#ifndef PIRADI_NATIVE_HOST_PERMISSION_H
#define PIRADI_NATIVE_HOST_PERMISSION_H

#include <stdbool.h>

#include "base/must_use.h"
#include "base/portals.h"
#include "base/status.h"

/*
 * STATUS_OK, and whether a file lists the origin; else STATUS_ORIGIN_NOT_ALLOWED,
 * STATUS_POLICY_REFUSED or STATUS_REQUEST_SIGNATURE_INVALID.
 */
enum status permission_check(const struct portals *portals, bool unlisted_refused,
                             const char *origin, enum portal_permission asked,
                             bool *listed) MUST_USE;

#endif
