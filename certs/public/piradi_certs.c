#include "certs/public/piradi-certs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/portals.h"
#include "certs/fetch_curl.h"
#include "certs/token.h"

struct piradi_verifier {
    struct trust *trust;
    struct fetcher fetcher;
    struct revocation_rules rules;
    struct validator validator;
};

struct piradi_citizen {
    struct token_outcome outcome;
};

static enum revocation_need need_of(enum piradi_revocation revocation)
{
    switch (revocation) {
    case PIRADI_REVOCATION_OFF:
        return REVOCATION_OFF;
    case PIRADI_REVOCATION_PREFER:
        return REVOCATION_PREFER;
    case PIRADI_REVOCATION_REQUIRE:
        break;
    }
    return REVOCATION_REQUIRE;
}

static bool open_parts(struct piradi_verifier *verifier, const char *trust_folder,
                       const char *cache_folder)
{
    static const struct fetch_options anywhere = {.private_addresses = true};
    struct validator *validator = &verifier->validator;
    verifier->trust = trust_load(trust_folder);
    validator->trust = verifier->trust;
    validator->fetcher = &verifier->fetcher;
    validator->memory = revocation_memory_new();
    if (cache_folder != NULL) {
        validator->cache = revocation_cache_open(cache_folder);
    }
    return verifier->trust != NULL && validator->memory != NULL &&
           (cache_folder == NULL || validator->cache != NULL) &&
           fetch_curl_init(&verifier->fetcher, &anywhere);
}

struct piradi_verifier *piradi_verifier_open(const char *trust_folder, const char *cache_folder,
                                             enum piradi_revocation revocation)
{
    struct piradi_verifier *verifier = calloc(1, sizeof *verifier);
    if (verifier == NULL) {
        return NULL;
    }
    verifier->rules = revocation_rules_default;
    verifier->rules.need = need_of(revocation);
    if (!open_parts(verifier, trust_folder, cache_folder)) {
        piradi_verifier_close(verifier);
        return NULL;
    }
    return verifier;
}

void piradi_verifier_close(struct piradi_verifier *verifier)
{
    if (verifier != NULL) {
        revocation_memory_free(&verifier->validator.memory);
        revocation_cache_close(&verifier->validator.cache);
        trust_free(&verifier->trust);
        free(verifier);
    }
}

static enum status verify(const struct piradi_verifier *verifier, const char *token, size_t size,
                          const struct token_rules *rules, struct token_outcome *outcome,
                          const char **why)
{
    json_t *parsed = token_parse(token, size);
    enum status status = STATUS_BAD_REQUEST;
    *why = "token: not one JSON object";
    if (!portals_is_origin(rules->origin)) {
        *why = "origin: https://HOST or https://HOST:PORT, as a browser writes it";
    } else if (parsed != NULL) {
        *why = NULL;
        status =
            token_validate(parsed, rules, &verifier->validator, &verifier->rules, outcome, why);
    }
    json_decref(parsed);
    return status;
}

const char *piradi_verify_token(struct piradi_verifier *verifier, const char *token, size_t size,
                                const char *origin, const char *nonce,
                                struct piradi_citizen **citizen, const char **detail)
{
    const struct token_rules rules = {.origin = origin, .nonce = nonce, .at = time(NULL)};
    struct piradi_citizen *found = calloc(1, sizeof *found);
    const char *why = "memory is out";
    *citizen = NULL;
    enum status status = found != NULL
                             ? verify(verifier, token, size, &rules, &found->outcome, &why)
                             : STATUS_INTERNAL;
    if (status == STATUS_OK) {
        *citizen = found;
        why = NULL;
    } else {
        free(found);
    }
    if (detail != NULL) {
        *detail = why;
    }
    return status_code(status);
}

const char *piradi_citizen_text(const struct piradi_citizen *citizen, enum piradi_field field)
{
    const struct subject *subject = &citizen->outcome.citizen;
    switch (field) {
    case PIRADI_NAME:
        return subject->name;
    case PIRADI_NAME_LATIN:
        return subject->name_latin;
    case PIRADI_GIVEN_NAME:
        return subject->given_name;
    case PIRADI_SURNAME:
        return subject->surname;
    case PIRADI_PERSONAL_NUMBER:
        return subject->personal_number;
    case PIRADI_DOCUMENT_NUMBER:
        return subject->document_number;
    case PIRADI_COUNTRY:
        return subject->country;
    case PIRADI_ISSUER:
        return subject->issuer;
    case PIRADI_VALID_UNTIL:
        return subject->valid_until_date;
    case PIRADI_REVOCATION_ANSWER:
        return citizen->outcome.revocation.verdict == REVOCATION_IS_GOOD ? "good" : "unknown";
    }
    return NULL;
}

void piradi_citizen_free(struct piradi_citizen *citizen)
{
    free(citizen);
}
