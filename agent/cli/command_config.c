#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "agent/cli/commands.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/report.h"
#include "base/config.h"

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, _("\"%s\" is one word too many"), argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* In the files' own form, so that a line can be copied into one. */
static void print_config(const struct config *config)
{
    puts("[agent]");
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        const char *file = config->files[config->sources[key]];
        printf("%s = %s  ; %s%s\n", config_key_name(key), config->values[key] ? "yes" : "no",
               file[0] != '\0' ? file : _("unless a file says otherwise"),
               config->locked[key] ? _(", locked") : "");
    }
}

static json_t *config_json(const struct config *config)
{
    json_t *values = json_object();
    for (enum config_key key = 0; values != NULL && key < CONFIG_KEYS; key++) {
        const char *file = config->files[config->sources[key]];
        json_t *value =
            json_pack("{s:b, s:s*, s:b}", "value", (int)config->values[key], "file",
                      file[0] != '\0' ? file : NULL, "locked", (int)config->locked[key]);
        if (json_object_set_new(values, config_key_name(key), value) != 0) {
            json_decref(values);
            values = NULL;
        }
    }
    return values != NULL ? json_pack("{s:o}", "config", values) : NULL;
}

int command_config(int argc, char **argv)
{
    static const struct argp arguments = {
        .parser = take_option,
        .doc = N_("Shows what the agent's configuration says now, and which file says so."),
        .children = json_option_only,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    bool json = false;
    struct config config;
    char reason[CONFIG_REASON_MAX];
    if (argp_parse(&arguments, argc, argv, 0, NULL, &json) != 0) {
        return FAULT_USAGE;
    }
    if (!config_read(&config, reason)) {
        struct outcome outcome = outcome_of_fault(FAULT_CONFIG);
        return report_end(json, &outcome, NULL, reason, NULL);
    }
    if (json) {
        struct outcome outcome = outcome_of_status(STATUS_OK);
        return report_end(json, &outcome, NULL, NULL, config_json(&config));
    }
    print_config(&config);
    return 0;
}
