/* `--json`, which every command has: a child parser for its argp. */
#ifndef PIRADI_CLI_JSON_OPTION_H
#define PIRADI_CLI_JSON_OPTION_H

#include <argp.h>

/* Its input, the command's `child_inputs[0]`, is a bool that becomes true. */
extern const struct argp json_option;

/* The `children` of a command that has no other. */
extern const struct argp_child json_option_only[];

#endif
