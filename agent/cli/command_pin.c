#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/commands.h"
#include "agent/cli/exchange.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/report.h"

struct action {
    const char *name;
    const char *login_done; /* what is said at the end */
    const char *sign_done;
};

static const struct action actions[] = {
    {"activate", NULL, N_("The signature PIN has been set.")},
    {"change", N_("The authentication PIN has been changed."),
     N_("The signature PIN has been changed.")},
    {"unblock", N_("The authentication PIN has been unblocked."),
     N_("The signature PIN has been unblocked.")},
};

struct pin {
    bool json;
    bool signature;
    const struct action *action;
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, name) == 0) {
            return &actions[i];
        }
    }
    return NULL;
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct pin *pin = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &pin->json;
        return 0;
    case 's':
        pin->signature = true;
        return 0;
    case ARGP_KEY_ARG:
        if (pin->action != NULL) {
            argp_error(state, _("\"%s\" is one word too many"), argument);
        }
        pin->action = find_action(argument);
        if (pin->action == NULL) {
            argp_error(state, _("change, unblock or activate, not \"%s\""), argument);
        }
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, _("change, unblock or activate?"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int run(const struct pin *pin)
{
    /* The card has a transport PIN for the signature alone. */
    bool signature = pin->signature || pin->action->login_done == NULL;
    json_t *request =
        exchange_from_terminal(json_pack("{s:s, s:s, s:s}", "command", "pin", "action",
                                         pin->action->name, "which", signature ? "sign" : "login"));
    struct exchange exchange = {.request = request, .upload = -1, .download = -1};
    struct outcome outcome = exchange_run(&exchange);
    if (outcome.exit_status == 0 && !pin->json) {
        puts(_(signature ? pin->action->sign_done : pin->action->login_done));
    }
    int exit_status = report_end(pin->json, &outcome, NULL, exchange_detail(&exchange),
                                 json_incref(exchange.answer));
    json_decref(exchange.answer);
    json_decref(request);
    return exit_status;
}

int command_pin(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {.name = "signature",
         .key = 's',
         .doc = N_("the signature PIN; otherwise the authentication PIN")},
        {0},
    };
    static const struct argp arguments = {
        .options = options,
        .parser = take_option,
        .args_doc = N_("change|unblock|activate"),
        .doc = N_(
            "Changes a PIN of the card, unblocks it with the PUK code, or sets the signature PIN "
            "for the first time with the transport PIN. All are asked for in a window."),
        .children = json_option_only,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    struct pin pin = {.json = false};
    if (argp_parse(&arguments, argc, argv, 0, NULL, &pin) != 0) {
        return FAULT_USAGE;
    }
    return run(&pin);
}
