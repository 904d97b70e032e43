#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/cli/commands.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/report.h"
#include "agent/cli/revocation_option.h"
#include "agent/cli/trust_option.h"
#include "certs/token.h"

struct verify_token {
    bool json;
    struct trust_choice trust;
    struct revocation_choice revocation;
    const char *file;
    const char *origin;
    const char *nonce;
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct verify_token *verify = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &verify->json;
        state->child_inputs[1] = &verify->trust;
        state->child_inputs[2] = &verify->revocation;
        return 0;
    case 'O':
        verify->origin = argument;
        return 0;
    case 'N':
        verify->nonce = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (verify->file != NULL) {
            argp_error(state, _("\"%s\" is one word too many"), argument);
        }
        verify->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (verify->file == NULL || verify->origin == NULL || verify->nonce == NULL) {
            argp_error(state, _("FILE, --origin and --nonce are all needed"));
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Bytes read, at most size of them; -1 if that fails. */
static ssize_t read_up_to(int fd, char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(fd, bytes + done, size - done);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)done;
}

/* NULL, with the outcome, for what cannot be read or is no token. */
static json_t *read_token(const char *file, struct outcome *outcome)
{
    static char bytes[TOKEN_JSON_MAX + 1];
    bool piped = strcmp(file, "-") == 0;
    int fd = piped ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t size = fd >= 0 ? read_up_to(fd, bytes, sizeof bytes) : -1;
    if (fd >= 0 && !piped) {
        close(fd);
    }
    if (size < 0) {
        *outcome = outcome_of_fault(FAULT_UNREADABLE);
        return NULL;
    }
    json_t *token = token_parse(bytes, (size_t)size);
    if (token == NULL) {
        *outcome = outcome_of_status(STATUS_BAD_REQUEST);
    }
    return token;
}

static bool was_confirmed(const struct token_outcome *token)
{
    return token->revocation.verdict == REVOCATION_IS_GOOD;
}

static int tell(const struct verify_token *verify, const struct token_outcome *token)
{
    const struct outcome outcome = outcome_of_status(STATUS_OK);
    const struct subject *citizen = &token->citizen;
    if (verify->json) {
        json_t *more = json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s}, s:b, s:b}", "citizen",
                                 "name", citizen->name, "name_latin", citizen->name_latin,
                                 "given_name", citizen->given_name, "surname", citizen->surname,
                                 "personal_number", citizen->personal_number, "country",
                                 citizen->country, "issuer", citizen->issuer, "revocation_checked",
                                 was_confirmed(token), "revocation_in_grace", token->in_grace);
        return report_end(true, &outcome, NULL, NULL, more);
    }
    printf(_("The token is valid: %s, personal number %s\n"), citizen->name,
           citizen->personal_number);
    if (was_confirmed(token)) {
        puts(_("The certificate has not been revoked."));
    } else if (verify->revocation.rules.need == REVOCATION_OFF) {
        puts(_("It was not checked whether the certificate has been revoked."));
    } else {
        puts(_("Nobody could tell whether the certificate has been revoked."));
    }
    return outcome.exit_status;
}

static int verify_with(struct verify_token *verify, const struct trust *trust, const json_t *token)
{
    const struct token_rules rules = {
        .origin = verify->origin,
        .nonce = verify->nonce,
        .at = verify->trust.at,
    };
    struct validator validator;
    struct token_outcome found;
    const char *detail = NULL;
    enum status status =
        revocation_choice_open(&verify->revocation, trust, &validator)
            ? token_validate(token, &rules, &validator, &verify->revocation.rules, &found, &detail)
            : STATUS_INTERNAL;
    if (status == STATUS_OK) {
        return tell(verify, &found);
    }
    const struct outcome outcome = outcome_of_status(status);
    return report_end(verify->json, &outcome, verify->file, detail, NULL);
}

static int verify_file(struct verify_token *verify)
{
    struct outcome outcome;
    json_t *token = read_token(verify->file, &outcome);
    if (token == NULL) {
        return report_end(verify->json, &outcome, verify->file, NULL, NULL);
    }
    struct trust *trust = trust_choice_load(&verify->trust);
    int exit_status;
    if (trust == NULL) {
        outcome = outcome_of_fault(FAULT_NO_TRUST);
        exit_status = report_end(verify->json, &outcome, verify->trust.folder, NULL, NULL);
    } else {
        exit_status = verify_with(verify, trust, token);
    }
    trust_free(&trust);
    json_decref(token);
    return exit_status;
}

int command_verify_token(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {.name = "origin",
         .key = 'O',
         .arg = "ORIGIN",
         .doc = N_("the portal, https://HOST[:PORT]")},
        {.name = "nonce", .key = 'N', .arg = "NONCE", .doc = N_("what the portal issued for this")},
        {0},
    };
    static const struct argp_child children[] = {
        {.argp = &json_option}, {.argp = &trust_option}, {.argp = &revocation_option}, {0}};
    static const struct argp arguments = {
        .options = options,
        .parser = take_option,
        .args_doc = N_("FILE"),
        .doc = N_("Verifies a login token as the portal that issued the nonce does. FILE \"-\" is "
                  "standard input."),
        .children = children,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    struct verify_token verify = {.json = false};
    if (argp_parse(&arguments, argc, argv, 0, NULL, &verify) != 0) {
        return FAULT_USAGE;
    }
    return verify_file(&verify);
}
