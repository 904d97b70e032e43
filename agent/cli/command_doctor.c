#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "agent/cli/commands.h"
#include "agent/cli/doctor.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/report.h"

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

static void look_at_everything(struct findings *findings)
{
    struct pcsc_look look;
    pcsc_look(&look);
    bool examinable = doctor_check_readers(findings, &look);
    doctor_check_module(findings);
    doctor_check_clock(findings);
    if (doctor_check_agent(findings) && examinable) {
        doctor_check_card(findings, &look);
    }
    doctor_check_bridge(findings);
    doctor_check_portals(findings);
    doctor_check_browsers(findings);
}

int command_doctor(int argc, char **argv)
{
    static const struct argp arguments = {
        .parser = take_option,
        .doc =
            N_("Looks at everything between the card and the browser, and says what is wrong and "
               "what to do. Asks for no PIN and spends no try."),
        .children = json_option_only,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    static struct findings findings;
    bool json = false;
    if (argp_parse(&arguments, argc, argv, 0, NULL, &json) != 0) {
        return FAULT_USAGE;
    }
    look_at_everything(&findings);
    const struct outcome outcome = findings_have_problem(&findings)
                                       ? outcome_of_fault(FAULT_PROBLEM_FOUND)
                                       : outcome_of_status(STATUS_OK);
    if (json) {
        return report_end(true, &outcome, NULL, NULL,
                          json_pack("{s:o}", "findings", findings_json(&findings)));
    }
    findings_print(&findings);
    fflush(stdout);
    return outcome.exit_status;
}
