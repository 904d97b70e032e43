/* `--trust DIR` and `--at TIME`, which the commands that verify have: a child parser for their
 * argp. */
#ifndef PIRADI_CLI_TRUST_OPTION_H
#define PIRADI_CLI_TRUST_OPTION_H

#include <argp.h>
#include <stdbool.h>
#include <time.h>

#include "base/must_use.h"
#include "certs/trust.h"

struct trust_choice {
    const char *folder; /* NULL: the administrator's */
    time_t at;          /* now, unless given */
};

/* Its input is a trust_choice, whose `at` it sets to now at first. */
extern const struct argp trust_option;

/* As certs/trust.h says; NULL with the reason in the log. */
struct trust *trust_choice_load(const struct trust_choice *choice) MUST_USE;

/*
 * "2026-11-24" (its first second) or "2026-11-24T08:00:00Z", both UTC (ISO 8601, extended format).
 * False, and *at untouched, for anything else.
 */
bool trust_time_parse(const char *text, time_t *at) MUST_USE;

#endif
