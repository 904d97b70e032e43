#include "agent/cli/json_option.h"

#include <stdbool.h>

#include "agent/cli/language.h"

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    if (key != 'j') {
        return ARGP_ERR_UNKNOWN;
    }
    *(bool *)state->input = true;
    return 0;
}

static const struct argp_option options[] = {
    {.name = "json", .key = 'j', .doc = N_("print one JSON object, for programs")},
    {0},
};

const struct argp json_option = {
    .options = options,
    .parser = take_option,
    .argp_domain = LANGUAGE_DOMAIN,
};

const struct argp_child json_option_only[] = {{.argp = &json_option}, {0}};
