/*
 * What the programs of the benchmark measure: time, and APDUs by the card's log
 * (tests/card/apdu_log.h).
 */
#ifndef PIRADI_TESTS_BENCH_STOPWATCH_H
#define PIRADI_TESTS_BENCH_STOPWATCH_H

#include <stdbool.h>

#include "base/must_use.h"

struct stopwatch {
    const char *log;    /* of the card */
    double started_ms;  /* monotonic */
    long started_apdus; /* in the log when it started */
};

/* False, told on standard error, when the log cannot be read. */
bool stopwatch_start(struct stopwatch *watch, const char *log) MUST_USE;
/* Prints `NAME MILLISECONDS APDUS SIGNING_MILLISECONDS` since the start. The last is the time
 * between the answer before the last signature and that signature: the card's own work. */
bool stopwatch_print(const struct stopwatch *watch, const char *name) MUST_USE;

#endif
