/*
 * How often the person may be asked (rule B14 of docs/security.md): for each portal and in all, so
 * that no page can wear them down, and failures cost more, so that none can probe. Pure: the caller
 * tells the time.
 *
 * A portal may ask LIMITS_PORTAL_BURST times in a row, and then once in LIMITS_PORTAL_MS; an
 * operation that fails costs as much as 1 + LIMITS_FAILURE of them.
 */
#ifndef PIRADI_BRIDGE_LIMITS_H
#define PIRADI_BRIDGE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/portals.h"

#define LIMITS_PORTAL_BURST 24
#define LIMITS_PORTAL_MS 3000
#define LIMITS_ALL_BURST 72
#define LIMITS_ALL_MS 1000
#define LIMITS_FAILURE 3

struct limits;

struct limits *limits_new(void) MUST_USE;
void limits_free(struct limits **limits);

/*
 * Counts one operation of the portal. False, and nothing counted, when it is too early; *wait_s is
 * then after how many seconds, at least 1, it is not.
 */
bool limits_take(struct limits *limits, const struct portal *portal, uint64_t now_ms,
                 unsigned *wait_s) MUST_USE;

/* An operation of the portal has failed. */
void limits_fail(struct limits *limits, const struct portal *portal, uint64_t now_ms);

#endif
