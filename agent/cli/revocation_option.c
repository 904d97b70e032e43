#include "agent/cli/revocation_option.h"

#include <string.h>

#include "agent/cli/language.h"
#include "certs/fetch_curl.h"

static bool need_parse(const char *word, enum revocation_need *need)
{
    static const struct {
        const char *word;
        enum revocation_need need;
    } words[] = {
        {"require", REVOCATION_REQUIRE}, {"prefer", REVOCATION_PREFER}, {"off", REVOCATION_OFF}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i].word) == 0) {
            *need = words[i].need;
            return true;
        }
    }
    return false;
}

static error_t take_option(int key, char *argument, struct argp_state *state)
{
    struct revocation_choice *choice = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *choice = (struct revocation_choice){.rules = revocation_rules_default};
        return 0;
    case 'r':
        if (!need_parse(argument, &choice->rules.need)) {
            argp_error(state, _("--revocation: require, prefer or off"));
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {.name = "revocation",
     .key = 'r',
     .arg = "WHEN",
     .doc = N_("whether the authority must confirm that the certificate was not revoked: require "
               "(the default), prefer, or off, which asks nobody")},
    {0},
};

const struct argp revocation_option = {
    .options = options,
    .parser = take_option,
    .argp_domain = LANGUAGE_DOMAIN,
};

bool revocation_choice_open(struct revocation_choice *choice, const struct trust *trust,
                            struct validator *validator)
{
    /* A chain to a trusted authority vouches for the addresses, which may be of its own network. */
    static const struct fetch_options anywhere = {.private_addresses = true};
    *validator = (struct validator){.trust = trust};
    if (choice->rules.need == REVOCATION_OFF) {
        return true;
    }
    if (!fetch_curl_init(&choice->fetcher, &anywhere)) {
        return false;
    }
    validator->fetcher = &choice->fetcher;
    return true;
}
