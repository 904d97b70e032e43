#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "agent/cli/commands.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/letter_file.h"
#include "agent/cli/report.h"
#include "agent/cli/trust_option.h"
#include "letters/pades.h"

struct verify {
    bool json;
    struct trust_choice trust;
    const char *file;
};

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct verify *verify = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &verify->json;
        state->child_inputs[1] = &verify->trust;
        return 0;
    case ARGP_KEY_ARG:
        if (verify->file != NULL) {
            argp_error(state, _("\"%s\" is one word too many"), argument);
        }
        verify->file = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, _("which file?"));
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static json_t *signer_json(const struct subject *signer)
{
    return json_pack("{s:s, s:s, s:s}", "name", signer->name, "personal_number",
                     signer->personal_number, "issuer", signer->issuer);
}

/* The verdict in the words of EN 319 102-1, and the rule that is broken, if one is. */
static bool add_verdict(json_t *object, enum rule rule)
{
    const struct rule_text *text = rule_text(rule);
    json_t *verdict = json_pack("{s:s, s:s*, s:s*, s:s*}", "verdict", verdict_name(text->verdict),
                                "indication", text->indication, "rule",
                                rule != RULE_NONE ? text->name : NULL, "clause", text->clause);
    bool ok = verdict != NULL && json_object_update(object, verdict) == 0;
    json_decref(verdict);
    return ok;
}

/* As ISO 8601, UTC. */
static bool add_time(json_t *object, const char *key, time_t at)
{
    char text[sizeof "2026-11-23T08:00:00Z"];
    struct tm utc;
    return gmtime_r(&at, &utc) != NULL &&
           strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) == sizeof text - 1 &&
           json_object_set_new(object, key, json_string(text)) == 0;
}

static bool add_level(json_t *object, const struct pades_signature *signature)
{
    bool ok =
        json_object_set_new(object, "is_timestamp", json_boolean(signature->is_timestamp)) == 0 &&
        (!signature->is_proven || add_time(object, "proven_time", signature->proven_at));
    if (ok && signature->rule == RULE_NONE && !signature->is_timestamp) {
        ok = json_object_set_new(object, "level", json_string(level_name(signature->level))) == 0;
    }
    return ok;
}

static json_t *signature_json(const struct pades_signature *signature)
{
    const struct outcome outcome = outcome_of_status(signature->status);
    json_t *more = json_pack("{s:o*, s:I, s:I, s:s*}", "signer",
                             signature->has_signer ? signer_json(&signature->signer) : NULL,
                             "covered_size", (json_int_t)signature->covered_size, "bytes_after",
                             (json_int_t)signature->bytes_after, "claimed_time",
                             signature->claimed_time[0] != '\0' ? signature->claimed_time : NULL);
    if (more == NULL || !add_verdict(more, signature->rule) || !add_level(more, signature)) {
        json_decref(more);
        return NULL;
    }
    return report_object(&outcome, signature->detail.text, more);
}

/* Does the letter carry what tells that the last signer's certificate was not revoked? */
static bool is_revocation_known(const struct pades_report *report)
{
    for (size_t i = report->count; i-- > 0;) {
        if (!report->signatures[i].is_timestamp) {
            return report->signatures[i].level >= LEVEL_LT;
        }
    }
    return false;
}

static json_t *report_of(const struct pades_report *report)
{
    json_t *signatures = json_array();
    for (size_t i = 0; signatures != NULL && i < report->count; i++) {
        if (json_array_append_new(signatures, signature_json(&report->signatures[i])) != 0) {
            json_decref(signatures);
            signatures = NULL;
        }
    }
    json_t *object = json_pack("{s:o, s:b}", "signatures", signatures, "revocation_checked",
                               is_revocation_known(report));
    if (object != NULL && !add_verdict(object, report->rule)) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

static void print_proof(const struct pades_signature *signature)
{
    char text[sizeof "2026-11-23 08:00:00"];
    struct tm utc;
    if (signature->is_proven && gmtime_r(&signature->proven_at, &utc) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc) > 0) {
        printf(_("  Proven by a time-stamp: it existed at %s UTC\n"), text);
    }
    if (signature->rule == RULE_NONE && !signature->is_timestamp) {
        printf(_("  Level: B-%s\n"), level_name(signature->level));
    }
}

static void print_signature(size_t number, const struct pades_signature *signature)
{
    const struct outcome outcome = outcome_of_status(signature->status);
    const struct subject *signer = &signature->signer;
    printf(signature->is_timestamp ? _("Time-stamp %zu: %s\n") : _("Signature %zu: %s\n"), number,
           signature->status == STATUS_OK ? _("valid") : outcome.sentence);
    printf("  %s", verdict_name(rule_text(signature->rule)->verdict));
    if (signature->rule != RULE_NONE) {
        printf(", %s (%s)", rule_text(signature->rule)->indication,
               rule_text(signature->rule)->clause);
    }
    putchar('\n');
    if (signature->detail.text[0] != '\0') {
        printf("  (%s)\n", signature->detail.text);
    }
    if (signature->has_signer) {
        printf(_("  Signer: %s, personal number %s, certified by %s\n"), signer->name,
               signer->personal_number[0] != '\0' ? signer->personal_number : "-",
               signer->issuer[0] != '\0' ? signer->issuer : "-");
    }
    if (signature->claimed_time[0] != '\0') {
        const char *time = signature->claimed_time; /* YYYYMMDDHHMMSS */
        printf(_("  Signed at, by the signer's own clock: %.4s-%.2s-%.2s %.2s:%.2s:%.2s UTC\n"),
               time, time + 4, time + 6, time + 8, time + 10, time + 12);
    }
    print_proof(signature);
    if (signature->bytes_after > 0) {
        printf(_("  It does not cover the last %" PRIu64 " bytes of the file.\n"),
               signature->bytes_after);
    }
}

static int tell(const struct verify *verify, enum status status, const struct pades_report *report,
                const struct detail *detail)
{
    const struct outcome outcome = outcome_of_status(status);
    if (verify->json) {
        return report_end(true, &outcome, verify->file, detail->text, report_of(report));
    }
    for (size_t i = 0; i < report->count; i++) {
        print_signature(i + 1, &report->signatures[i]);
    }
    if (status == STATUS_OK) {
        puts(_("The last signature covers the whole letter and is valid."));
        if (!is_revocation_known(report)) {
            puts(_("It was not checked whether the certificates have been revoked since."));
        }
    }
    fflush(stdout);
    return report_end(false, &outcome, verify->file, detail->text, NULL);
}

static int verify_letter(const struct verify *verify, const struct letter_file *letter)
{
    struct pades_report report = {.count = 0};
    struct detail detail = {.text = ""};
    struct trust *trust = trust_choice_load(&verify->trust);
    if (trust == NULL) {
        const struct outcome outcome = outcome_of_fault(FAULT_NO_TRUST);
        return report_end(verify->json, &outcome, verify->trust.folder, NULL, NULL);
    }
    enum status status = pades_verify(letter->fd, trust, verify->trust.at, &report, &detail);
    trust_free(&trust);
    return tell(verify, status, &report, &detail);
}

int command_verify(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {.argp = &json_option}, {.argp = &trust_option}, {0}};
    static const struct argp arguments = {
        .parser = take_option,
        .args_doc = N_("FILE"),
        .doc = N_("Verifies every signature in a PDF letter (PAdES). Succeeds only if the last one "
                  "is valid, trusted and covers the whole letter."),
        .children = children,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    struct verify verify = {.json = false};
    struct letter_file letter;
    if (argp_parse(&arguments, argc, argv, 0, NULL, &verify) != 0) {
        return FAULT_USAGE;
    }
    struct outcome outcome = letter_file_open(verify.file, &letter);
    if (outcome.exit_status != 0) {
        return report_end(verify.json, &outcome, verify.file, NULL, NULL);
    }
    int exit_status = verify_letter(&verify, &letter);
    letter_file_close(&letter);
    return exit_status;
}
