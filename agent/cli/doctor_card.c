#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/cli/doctor.h"
#include "agent/cli/exchange.h"
#include "agent/cli/language.h"

/* The agent gives the worker 45 s. */
#define EXAMINE_LIMIT_MS 60000
#define AGENT_LIMIT_MS 10000
#define DATE_SIZE sizeof "2026-11-24"
#define FULL_TRIES 3

bool doctor_check_agent(struct findings *findings)
{
    json_t *request = json_pack("{s:s}", "command", "status");
    struct exchange exchange = {
        .request = request, .upload = -1, .download = -1, .limit_ms = AGENT_LIMIT_MS};
    struct outcome outcome = exchange_run(&exchange);
    const char *version = json_string_value(json_object_get(exchange.answer, "version"));
    bool runs = outcome.exit_status == 0;
    if (runs) {
        findings_add(findings, "AGENT_RUNNING", "%s", version != NULL ? version : "");
    } else {
        findings_add(findings, "AGENT_UNAVAILABLE", "%s", "");
    }
    json_decref(exchange.answer);
    json_decref(request);
    return runs;
}

static const char *purpose_words(const char *purpose)
{
    return strcmp(purpose, "login") == 0 ? _("for logging in") : _("for signing");
}

static void check_dates(struct findings *findings, const char *purpose, const char *from,
                        const char *until)
{
    char today[DATE_SIZE];
    time_t now = time(NULL);
    struct tm broken_down;
    gmtime_r(&now, &broken_down);
    strftime(today, sizeof today, "%Y-%m-%d", &broken_down);
    if (strcmp(today, from) < 0) {
        findings_add(findings, "CLOCK_WRONG", _("today is %s here, and the certificate begins %s"),
                     today, from);
    } else if (strcmp(today, until) > 0) {
        findings_add_status(findings, STATUS_CERTIFICATE_EXPIRED, "%s, %s – %s",
                            purpose_words(purpose), from, until);
    } else {
        findings_add(findings, "CERTIFICATE_VALID", "%s, %s – %s", purpose_words(purpose), from,
                     until);
    }
}

static void check_pin(struct findings *findings, const char *purpose, int tries_left, bool blocked,
                      bool not_set)
{
    const char *words = purpose_words(purpose);
    if (blocked) {
        findings_add_status(findings, STATUS_PIN_BLOCKED, "%s", words);
    } else if (not_set) {
        findings_add_status(findings, STATUS_PIN_NOT_SET, "%s", words);
    } else if (tries_left < FULL_TRIES) {
        findings_add(findings, "PIN_FEW_TRIES", _("%s, tries left: %d"), words, tries_left);
    } else {
        findings_add(findings, "PIN_READY", "%s", words);
    }
}

static void check_keys(struct findings *findings, const char *purpose, const json_t *keys)
{
    size_t i;
    json_t *key;
    if (json_array_size(keys) == 0) {
        findings_add_status(findings, STATUS_NO_CERTIFICATE, "%s", purpose_words(purpose));
    }
    json_array_foreach (keys, i, key) {
        const char *from;
        const char *until;
        int tries_left;
        int blocked;
        int not_set;
        if (json_unpack(key, "{s:s, s:s, s:{s:i, s:b, s:b}}", "valid_from", &from, "valid_until",
                        &until, "pin", "tries_left", &tries_left, "blocked", &blocked, "not_set",
                        &not_set) == 0) {
            check_dates(findings, purpose, from, until);
            check_pin(findings, purpose, tries_left, blocked != 0, not_set != 0);
        }
    }
}

/* ATRs of the cards, for whoever reports an unknown one. */
static void list_atrs(const struct pcsc_look *look, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < look->count && at < size; i++) {
        if (look->readers[i].card == PCSC_CARD) {
            at += (size_t)snprintf(text + at, size - at, "%sATR %s", at > 0 ? ", " : "",
                                   look->readers[i].atr);
        }
    }
}

static void add_refusal(struct findings *findings, enum status status, const char *detail,
                        const struct pcsc_look *look)
{
    char seen[256];
    if (status == STATUS_CARD_UNKNOWN) {
        list_atrs(look, seen, sizeof seen);
        findings_add_status(findings, status, "%s", seen);
    } else if (status == STATUS_CARD_BUSY) {
        doctor_name_card_users(seen, sizeof seen);
        findings_add_status(findings, status, "%s", seen);
    } else if (status == STATUS_BUSY) {
        findings_add(findings, "NOT_EXAMINED", "%s", "");
    } else if (detail != NULL) {
        findings_add(findings, "MODULE_NOT_LOADED", "%s", detail);
    } else {
        findings_add_status(findings, status, "%s", "");
    }
}

void doctor_check_card(struct findings *findings, const struct pcsc_look *look)
{
    json_t *request = json_pack("{s:s}", "command", "examine");
    struct exchange exchange = {
        .request = request, .upload = -1, .download = -1, .limit_ms = EXAMINE_LIMIT_MS};
    struct outcome outcome = exchange_run(&exchange);
    enum status status = STATUS_INTERNAL;
    const char *code = json_string_value(json_object_get(exchange.answer, "status"));
    if (outcome.exit_status == 0) {
        findings_add(findings, "CARD_RECOGNISED", "%s", "");
        check_keys(findings, "login", json_object_get(exchange.answer, "login"));
        check_keys(findings, "sign", json_object_get(exchange.answer, "sign"));
    } else if (code == NULL || status_from_code(code, &status)) {
        add_refusal(findings, status, exchange_detail(&exchange), look);
    }
    json_decref(exchange.answer);
    json_decref(request);
}
