/*
 * An answer that is made once and given again, to the same portal and kind of page, while what it
 * tells has not changed. Counted, because exchanges may still hold it when the next one is made.
 */
#ifndef PIRADI_BRIDGE_KEPT_ANSWER_H
#define PIRADI_BRIDGE_KEPT_ANSWER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/portals.h"
#include "browser-bridge/request.h"

struct kept_answer {
    size_t holders;
    struct MHD_Response *response;
    const struct portal *portal; /* lent */
    enum caller caller;
    uint64_t number; /* of what it tells */
};

/* Held by the caller. Takes the response over; NULL for NULL, or if memory is out. */
struct kept_answer *kept_answer_new(struct MHD_Response *response, const struct portal *portal,
                                    enum caller caller, uint64_t number) MUST_USE;

/* One more holder; returns its argument. */
struct kept_answer *kept_answer_hold(struct kept_answer *kept) MUST_USE;

/* One holder less. Clears it; accepts a pointer to NULL. */
void kept_answer_leave(struct kept_answer **kept);

/* False for NULL. */
bool kept_answer_fits(const struct kept_answer *kept, const struct portal *portal,
                      enum caller caller, uint64_t number) MUST_USE;

#endif
