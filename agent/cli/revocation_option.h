/* `--revocation WHEN`, which the commands that verify have: a child parser for their argp. */
#ifndef PIRADI_CLI_REVOCATION_OPTION_H
#define PIRADI_CLI_REVOCATION_OPTION_H

#include <argp.h>
#include <stdbool.h>

#include "base/must_use.h"
#include "certs/validation.h"

struct revocation_choice {
    struct revocation_rules rules; /* the default ones, with the need that was chosen */
    struct fetcher fetcher;
};

/* Its input is a revocation_choice. */
extern const struct argp revocation_option;

/*
 * Whom to ask: the services that certificates name, over the network, unless nobody is to be asked.
 * The choice must outlive *validator. False if the network cannot be used at all.
 */
bool revocation_choice_open(struct revocation_choice *choice, const struct trust *trust,
                            struct validator *validator) MUST_USE;

#endif
