#include <argp.h>
#include <stdbool.h>

#include "agent/cli/commands.h"
#include "agent/cli/exchange.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/report.h"

struct login {
    bool json;
    const char *origin;
    const char *nonce;
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct login *login = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &login->json;
        return 0;
    case 'O':
        login->origin = argument;
        return 0;
    case 'N':
        login->nonce = argument;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, _("\"%s\" is one word too many"), argument);
        return 0;
    case ARGP_KEY_END:
        if (login->origin == NULL || login->nonce == NULL) {
            argp_error(state, _("--origin and --nonce are both needed"));
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int command_login(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {.name = "origin",
         .key = 'O',
         .arg = "ORIGIN",
         .doc = N_("the portal, https://HOST[:PORT]")},
        {.name = "nonce", .key = 'N', .arg = "NONCE", .doc = N_("what the portal issued for this")},
        {0},
    };
    static const struct argp arguments = {
        .options = options,
        .parser = take_option,
        .doc = N_("Asks for the PIN in a window and prints the login token that the portal takes."),
        .children = json_option_only,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    struct login login = {.json = false};
    if (argp_parse(&arguments, argc, argv, 0, NULL, &login) != 0) {
        return FAULT_USAGE;
    }
    json_t *request =
        exchange_from_terminal(json_pack("{s:s, s:s, s:s}", "command", "authenticate", "origin",
                                         login.origin, "nonce", login.nonce));
    if (request == NULL) { /* not UTF-8 */
        struct outcome outcome = outcome_of_status(STATUS_BAD_REQUEST);
        return report_end(login.json, &outcome, NULL, NULL, NULL);
    }
    struct exchange exchange = {.request = request, .upload = -1, .download = -1};
    struct outcome outcome = exchange_run(&exchange);
    int exit_status;
    if (outcome.exit_status == 0 && !login.json) {
        exit_status = report_json(json_incref(json_object_get(exchange.answer, "token")), 0);
    } else {
        exit_status = report_end(login.json, &outcome, NULL, exchange_detail(&exchange),
                                 json_incref(exchange.answer));
    }
    json_decref(exchange.answer);
    json_decref(request);
    return exit_status;
}
