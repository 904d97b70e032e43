#include <argp.h>
#include <openssl/bn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/cli/commands.h"
#include "agent/cli/exchange.h"
#include "agent/cli/json_option.h"
#include "agent/cli/language.h"
#include "agent/cli/report.h"
#include "certs/certificate.h"
#include "certs/subject.h"

/* The agent gives the worker 45 s. */
#define CERTIFICATES_LIMIT_MS 60000

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

/* In hexadecimal digits, as certificate authorities print it; for the caller to OPENSSL_free(). */
static char *serial_number(const X509 *certificate)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *text = number != NULL ? BN_bn2hex(number) : NULL;
    BN_free(number);
    return text;
}

/* What a person wants to know of it, beside what the agent gave; NULL for no such certificate. */
static json_t *describe(const char *purpose, const json_t *key)
{
    const char *text = json_string_value(json_object_get(key, "certificate"));
    X509 *certificate = text != NULL ? certificate_from_base64(text) : NULL;
    struct subject holder;
    json_t *described = NULL;
    if (certificate != NULL && subject_read(certificate, &holder)) {
        char *serial = serial_number(certificate);
        described = json_pack("{s:s, s:O, s:s, s:s, s:s, s:s*, s:s, s:s, s:O}", "purpose", purpose,
                              "reader", json_object_get(key, "reader"), "name", holder.name,
                              "personal_number", holder.personal_number, "issuer", holder.issuer,
                              "serial_number", serial, "valid_until", holder.valid_until_date,
                              "certificate", text, "chain", json_object_get(key, "chain"));
        OPENSSL_free(serial);
    }
    X509_free(certificate);
    return described;
}

static bool add_all(json_t *list, const char *purpose, const json_t *keys)
{
    size_t i;
    const json_t *key;
    json_array_foreach (keys, i, key) {
        if (json_array_append_new(list, describe(purpose, key)) != 0) {
            return false;
        }
    }
    return true;
}

/* The answer's certificates in one list; NULL if one of them is none, or memory is out. */
static json_t *list_certificates(const json_t *answer)
{
    json_t *list = json_array();
    if (list != NULL && (!add_all(list, "login", json_object_get(answer, "login")) ||
                         !add_all(list, "sign", json_object_get(answer, "sign")))) {
        json_decref(list);
        list = NULL;
    }
    return list;
}

static const char *text_of(const json_t *certificate, const char *key)
{
    const char *text = json_string_value(json_object_get(certificate, key));
    return text != NULL ? text : "?";
}

static void print_certificate(const json_t *certificate)
{
    bool login = strcmp(text_of(certificate, "purpose"), "login") == 0;
    printf("%s: %s\n", text_of(certificate, "reader"),
           login ? _("for logging in") : _("for signing"));
    printf(_("  Holder: %s, personal number %s\n"), text_of(certificate, "name"),
           text_of(certificate, "personal_number"));
    printf(_("  Issued by: %s, serial number %s\n"), text_of(certificate, "issuer"),
           text_of(certificate, "serial_number"));
    printf(_("  Valid until: %s\n"), text_of(certificate, "valid_until"));
}

static int print_certificates(json_t *certificates, bool json)
{
    size_t i;
    const json_t *certificate;
    if (certificates == NULL || json) {
        struct outcome outcome =
            outcome_of_status(certificates != NULL ? STATUS_OK : STATUS_INTERNAL);
        return report_end(json, &outcome, NULL, NULL,
                          certificates != NULL ? json_pack("{s:o}", "certificates", certificates)
                                               : NULL);
    }
    json_array_foreach (certificates, i, certificate) {
        print_certificate(certificate);
    }
    if (i == 0) {
        puts(_("The card has no certificates."));
    }
    json_decref(certificates);
    return 0;
}

int command_certificates(int argc, char **argv)
{
    static const struct argp arguments = {
        .parser = take_option,
        .doc = N_("Shows the certificates on the cards: whose they are, who issued them, and until "
                  "when they are valid. With --json, the certificates themselves too."),
        .children = json_option_only,
        .argp_domain = LANGUAGE_DOMAIN,
    };
    bool json = false;
    if (argp_parse(&arguments, argc, argv, 0, NULL, &json) != 0) {
        return FAULT_USAGE;
    }
    json_t *request = json_pack("{s:s}", "command", "certificates");
    struct exchange exchange = {
        .request = request, .upload = -1, .download = -1, .limit_ms = CERTIFICATES_LIMIT_MS};
    struct outcome outcome = exchange_run(&exchange);
    int exit_status = outcome.exit_status == 0
                          ? print_certificates(list_certificates(exchange.answer), json)
                          : report_end(json, &outcome, NULL, exchange_detail(&exchange), NULL);
    json_decref(exchange.answer);
    json_decref(request);
    return exit_status;
}
