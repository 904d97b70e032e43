/* What was done since the start, in the text format that Prometheus reads (exposition format
 * 0.0.4). Nobody is named. */
#ifndef PIRADI_VERIFYD_METRICS_H
#define PIRADI_VERIFYD_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"

struct metrics {
    _Atomic uint64_t tokens[STATUS_INTERNAL + 1]; /* by what was said of them */
    _Atomic uint64_t in_grace;
    _Atomic uint64_t unconfirmed; /* accepted though nobody could tell of revocation */
};

/* False if memory is out. *text is initialised here. */
bool metrics_print(struct metrics *metrics, struct buffer *text) MUST_USE;

#endif
