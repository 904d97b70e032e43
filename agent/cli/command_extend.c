#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "agent/cli/commands.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/letter_file.h"
#include "agent/cli/output_file.h"
#include "agent/cli/report.h"
#include "agent/cli/trust_option.h"
#include "certs/fetch_curl.h"
#include "letters/file_write.h"
#include "letters/mapping.h"
#include "letters/pades_level.h"

#define AUTHORITY_TIMEOUT_MS 15000

struct extend {
    bool json;
    bool force;
    enum level level; /* LEVEL_B: none was given */
    struct trust_choice trust;
    struct timestamp_authorities authorities;
    const char *output;
    const char *file;
};

static void take_authority(struct extend *extend, const char *url, struct argp_state *state)
{
    if (!fetch_url_is_allowed(url)) {
        argp_error(state, _("--tsa: an address that begins with http:// or https://"));
    } else if (extend->authorities.count == TIMESTAMP_AUTHORITIES_MAX) {
        argp_error(state, _("--tsa: at most %d times"), TIMESTAMP_AUTHORITIES_MAX);
    } else {
        extend->authorities.urls[extend->authorities.count++] = url;
    }
}

static void check_options(const struct extend *extend, struct argp_state *state)
{
    if (extend->file == NULL || extend->output == NULL || extend->level == LEVEL_B ||
        extend->authorities.count == 0) {
        argp_error(state, _("FILE, --level, --tsa and --output are all needed"));
    }
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct extend *extend = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &extend->json;
        return 0;
    case 'l':
        if (!level_from_name(argument, &extend->level) || extend->level == LEVEL_B) {
            argp_error(state, _("--level: one of T, LT, LTA"));
        }
        return 0;
    case 's':
        take_authority(extend, argument, state);
        return 0;
    case 't':
        extend->trust.folder = argument;
        return 0;
    case 'o':
        extend->output = argument;
        return 0;
    case 'f':
        extend->force = true;
        return 0;
    case ARGP_KEY_ARG:
        if (extend->file != NULL) {
            argp_error(state, _("\"%s\" is one word too many"), argument);
        }
        extend->file = argument;
        return 0;
    case ARGP_KEY_END:
        check_options(extend, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum status copy(const struct letter_file *letter, const struct output_file *output)
{
    struct mapping bytes;
    enum status status = mapping_open(letter->fd, &bytes);
    if (status == STATUS_OK) {
        status = file_write_at(output->fd, 0, bytes.bytes, bytes.size);
        mapping_close(&bytes);
    }
    return status;
}

static enum status raise(const struct extend *extend, const struct trust *trust, int file,
                         struct detail *detail)
{
    static const struct fetch_options options = {.private_addresses = false};
    struct fetcher fetcher;
    if (!fetch_curl_init(&fetcher, &options)) {
        return STATUS_INTERNAL;
    }
    const struct validator validator = {.trust = trust, .fetcher = &fetcher};
    const struct level_services services = {
        .validator = &validator,
        .revocation = &revocation_rules_default,
        .authorities = &extend->authorities,
    };
    return pades_raise(file, extend->level, &services, time(NULL), detail);
}

static struct outcome extend_letter(const struct extend *extend, const struct trust *trust,
                                    const struct letter_file *letter, struct detail *detail)
{
    struct output_file output;
    struct outcome outcome = output_file_open(&output, extend->output, extend->force);
    if (outcome.exit_status != 0) {
        return outcome;
    }
    enum status status = copy(letter, &output);
    if (status == STATUS_OK) {
        status = raise(extend, trust, output.fd, detail);
    }
    if (status != STATUS_OK) {
        output_file_discard(&output);
        return outcome_of_status(status);
    }
    return output_file_keep(&output);
}

static int tell(const struct extend *extend, const struct outcome *outcome,
                const struct detail *detail)
{
    if (outcome->exit_status == 0 && !extend->json) {
        printf(_("%s: raised to level %s, saved as %s\n"), extend->file, level_name(extend->level),
               extend->output);
    }
    json_t *more =
        json_pack("{s:s, s:s, s:s*}", "file", extend->file, "level", level_name(extend->level),
                  "output", outcome->exit_status == 0 ? extend->output : NULL);
    return report_end(extend->json, outcome, extend->file, detail->text, more);
}

int command_extend(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {.name = "level", .key = 'l', .arg = "LEVEL", .doc = N_("T, LT or LTA")},
        {.name = "tsa",
         .key = 's',
         .arg = "URL",
         .doc = N_("a time-stamping authority; given again, the next to ask when one fails")},
        {.name = "trust",
         .key = 't',
         .arg = "DIR",
         .doc = N_("a folder of trusted CA certificates (*.pem); otherwise the administrator's")},
        {.name = "output", .key = 'o', .arg = "FILE", .doc = N_("where the raised letter goes")},
        {.name = "force", .key = 'f', .doc = N_("overwrite a file that is there already")},
        {0},
    };
    static const struct argp arguments = {
        .options = options,
        .parser = take_option,
        .args_doc = N_("FILE"),
        .doc = N_("Adds to a signed PDF letter what proves its last signature for longer: a "
                  "time-stamp (T), what its certificates are judged by (LT), a time-stamp of all "
                  "that (LTA). A level that cannot be reached is an error."),
        .children = json_option_only,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    struct extend extend = {.level = LEVEL_B, .authorities = {.timeout_ms = AUTHORITY_TIMEOUT_MS}};
    struct letter_file letter;
    struct detail detail = {.text = ""};
    if (argp_parse(&arguments, argc, argv, 0, NULL, &extend) != 0) {
        return FAULT_USAGE;
    }
    struct outcome outcome = letter_file_open(extend.file, &letter);
    if (outcome.exit_status != 0) {
        return tell(&extend, &outcome, &detail);
    }
    struct trust *trust = trust_choice_load(&extend.trust);
    outcome = trust != NULL ? extend_letter(&extend, trust, &letter, &detail)
                            : outcome_of_fault(FAULT_NO_TRUST);
    trust_free(&trust);
    letter_file_close(&letter);
    return tell(&extend, &outcome, &detail);
}
