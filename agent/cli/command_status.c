#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/commands.h"
#include "agent/cli/exchange.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/report.h"

/* The agent answers at once. */
#define STATUS_LIMIT_MS 10000

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

static const char *card_words(const char *card)
{
    static const struct {
        const char *card;
        const char *words;
    } states[] = {
        {"absent", N_("no card")},
        {"present", N_("a card")},
        {"mute", N_("a card that does not answer; is it the right way round?")},
        {"in-use", N_("a card that another program uses")},
    };
    for (size_t i = 0; card != NULL && i < sizeof states / sizeof *states; i++) {
        if (strcmp(card, states[i].card) == 0) {
            return _(states[i].words);
        }
    }
    return _("unknown");
}

static void print_status(const json_t *answer)
{
    const json_t *readers = json_object_get(answer, "readers");
    const char *version = json_string_value(json_object_get(answer, "version"));
    size_t i;
    const json_t *reader;
    printf(_("The agent is running, version %s.\n"), version != NULL ? version : "?");
    if (json_is_false(json_object_get(answer, "pcsc"))) {
        puts(_("The card service (pcscd) does not answer."));
    } else if (json_array_size(readers) == 0) {
        puts(_("No card reader is connected."));
    }
    json_array_foreach (readers, i, reader) {
        const char *name = json_string_value(json_object_get(reader, "name"));
        printf("%s: %s\n", name != NULL ? name : "?",
               card_words(json_string_value(json_object_get(reader, "card"))));
    }
}

int command_status(int argc, char **argv)
{
    static const struct argp arguments = {
        .parser = take_option,
        .doc = N_("Shows whether the agent runs, the readers, and the cards in them."),
        .children = json_option_only,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    bool json = false;
    if (argp_parse(&arguments, argc, argv, 0, NULL, &json) != 0) {
        return FAULT_USAGE;
    }
    json_t *request = json_pack("{s:s}", "command", "status");
    struct exchange exchange = {
        .request = request, .upload = -1, .download = -1, .limit_ms = STATUS_LIMIT_MS};
    struct outcome outcome = exchange_run(&exchange);
    json_t *answer = exchange.answer;
    json_decref(request);
    if (outcome.exit_status == 0 && !json) {
        print_status(answer);
        json_decref(answer);
        return 0;
    }
    return report_end(json, &outcome, NULL, NULL, answer);
}
