#include <argp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/cli/commands.h"
#include "agent/cli/language.h"
#include "agent/cli/outcome.h"
#include "base/program.h"

#define NAME_MAX_SHOWN 64

struct chosen {
    const struct command *command;
    int at; /* of its name in argv */
};

static error_t take_argument(int key, char *argument, struct argp_state *state)
{
    struct chosen *chosen = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        chosen->command = command_find(argument);
        chosen->at = state->next - 1;
        if (chosen->command == NULL) {
            argp_error(state, _("there is no command \"%s\""), argument);
        }
        state->next = state->argc; /* the rest is the command's */
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_usage(state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The table of commands, before argp's own end of the help. */
static char *help_filter(int key, const char *text, void *input)
{
    (void)input;
    char *help = NULL;
    size_t size;
    FILE *out = key == ARGP_KEY_HELP_POST_DOC ? open_memstream(&help, &size) : NULL;
    if (out == NULL) {
        return (char *)(uintptr_t)text; /* argp's way to say: as it is */
    }
    fprintf(out, "%s\n", _("Commands:"));
    for (const struct command *command = commands; command->name != NULL; command++) {
        fprintf(out, "  %-14s %s\n", command->name, _(command->summary));
    }
    fprintf(out, "\n%s", _("More on one of them: piradi COMMAND --help, and piradi(1)."));
    fclose(out);
    return help;
}

static int run(const struct chosen *chosen, int argc, char **argv)
{
    char name[NAME_MAX_SHOWN];
    snprintf(name, sizeof name, "piradi %s", chosen->command->name);
    argv[chosen->at] = name;
    return chosen->command->run(argc - chosen->at, argv + chosen->at);
}

int main(int argc, char **argv)
{
    static const struct argp arguments = {
        .parser = take_argument,
        .args_doc = N_("COMMAND [OPTION...]"),
        .doc = N_("Piradi: log in and sign with the Georgian ID card."),
        .help_filter = help_filter,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    struct chosen chosen = {NULL, 0};
    if (!program_begin("piradi")) {
        return outcome_of_status(STATUS_INTERNAL).exit_status;
    }
    language_begin();
    signal(SIGPIPE, SIG_IGN);
    argp_err_exit_status = FAULT_USAGE;
    if (argp_parse(&arguments, argc, argv, ARGP_IN_ORDER, NULL, &chosen) != 0) {
        return FAULT_USAGE;
    }
    return run(&chosen, argc, argv);
}
