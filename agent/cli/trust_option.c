#include "agent/cli/trust_option.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/language.h"
#include "base/program.h"

static bool parse_as(const char *text, const char *format, size_t length, struct tm *broken_down)
{
    *broken_down = (struct tm){0};
    const char *end = strlen(text) == length ? strptime(text, format, broken_down) : NULL;
    return end != NULL && *end == '\0';
}

bool trust_time_parse(const char *text, time_t *at)
{
    struct tm given;
    if (!parse_as(text, "%Y-%m-%d", strlen("2026-11-24"), &given) &&
        !parse_as(text, "%Y-%m-%dT%H:%M:%SZ", strlen("2026-11-24T08:00:00Z"), &given)) {
        return false;
    }
    struct tm normal = given;
    time_t seconds = timegm(&normal);
    /* A day that does not exist, such as February 30, comes back as another. */
    if (seconds == -1 || normal.tm_mday != given.tm_mday || normal.tm_mon != given.tm_mon) {
        return false;
    }
    *at = seconds;
    return true;
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct trust_choice *choice = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *choice = (struct trust_choice){.at = time(NULL)};
        return 0;
    case 't':
        choice->folder = argument;
        return 0;
    case 'a':
        if (!trust_time_parse(argument, &choice->at)) {
            argp_error(state, _("--at: a time such as 2026-11-24 or 2026-11-24T08:00:00Z"));
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {.name = "trust",
     .key = 't',
     .arg = "DIR",
     .doc = N_("a folder of trusted CA certificates (*.pem); otherwise the administrator's")},
    {.name = "at",
     .key = 'a',
     .arg = "TIME",
     .doc = N_("judge certificates as of this time (UTC); otherwise now")},
    {0},
};

const struct argp trust_option = {
    .options = options,
    .parser = take_option,
    .argp_domain = LANGUAGE_DOMAIN,
};

struct trust *trust_choice_load(const struct trust_choice *choice)
{
    char path[PATH_MAX];
    if (choice->folder != NULL) {
        return trust_load(choice->folder);
    }
    return program_config_path("trust", path) ? trust_load(path) : NULL;
}
