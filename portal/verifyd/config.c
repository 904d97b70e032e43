#include "portal/verifyd/config.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "portal/address.h"

#define CONNECTIONS_DEFAULT 256
#define CONNECTIONS_MOST 4096
#define DAYS_MOST_S (366L * 24 * 60 * 60)
#define TIMEOUT_MOST_MS 60000

struct parse {
    struct verifyd_config *config;
    bool has_address;
    const char *why; /* of the first wrong line */
};

static bool copy_text(char text[VERIFYD_TEXT_MAX], const char *value)
{
    size_t length = strlen(value);
    if (length == 0 || length >= VERIFYD_TEXT_MAX) {
        return false;
    }
    memcpy(text, value, length + 1);
    return true;
}

static bool parse_number(const char *value, long most, long *number)
{
    char *end = NULL;
    errno = 0;
    long parsed = strtol(value, &end, 10);
    if (errno != 0 || *value < '0' || *value > '9' || *end != '\0' || parsed > most) {
        return false;
    }
    *number = parsed;
    return true;
}

static bool parse_flag(const char *value, bool *flag)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
        return false;
    }
    *flag = strcmp(value, "yes") == 0;
    return true;
}

static const char *set_service_key(struct parse *parse, const char *key, const char *value)
{
    struct verifyd_config *config = parse->config;
    long number;
    if (strcmp(key, "listen") == 0) {
        parse->has_address = address_parse(value, &config->address);
        return parse->has_address ? NULL : "ADDRESS:PORT or [ADDRESS]:PORT is needed";
    }
    if (strcmp(key, "trust") == 0 || strcmp(key, "cache") == 0) {
        char *path = strcmp(key, "trust") == 0 ? config->trust : config->cache;
        return value[0] == '/' && copy_text(path, value) ? NULL : "an absolute path is needed here";
    }
    if (strcmp(key, "proxy") == 0 || strcmp(key, "nonces") == 0) {
        char *text = strcmp(key, "proxy") == 0 ? config->proxy : config->nonces;
        return copy_text(text, value) ? NULL : "too long, or empty";
    }
    if (strcmp(key, "connections") == 0) {
        if (!parse_number(value, CONNECTIONS_MOST, &number) || number == 0) {
            return "a number of connections is needed";
        }
        config->connections = (unsigned)number;
        return NULL;
    }
    return "unknown key";
}

static const char *set_need(struct revocation_rules *rules, const char *value)
{
    if (strcmp(value, "require") == 0) {
        rules->need = REVOCATION_REQUIRE;
    } else if (strcmp(value, "prefer") == 0) {
        rules->need = REVOCATION_PREFER;
    } else if (strcmp(value, "off") == 0) {
        rules->need = REVOCATION_OFF;
    } else {
        return "require, prefer or off is needed";
    }
    return NULL;
}

static const char *set_revocation_key(struct verifyd_config *config, const char *key,
                                      const char *value)
{
    struct revocation_rules *rules = &config->revocation;
    const struct {
        const char *key;
        long *seconds;
        bool *flag;
    } keys[] = {
        {"skew", &rules->skew_s, NULL},
        {"ocsp-age", &rules->ocsp_age_max_s, NULL},
        {"crl-age", &rules->crl_age_max_s, NULL},
        {"reuse", &rules->reuse_s, NULL},
        {"grace", &rules->grace_s, NULL},
        {"crl-first", NULL, &rules->crl_first},
        {"whole-chain", NULL, &rules->whole_chain},
        {"nonce", NULL, &rules->nonce_required},
        {"fetch-intermediates", NULL, &config->fetch_intermediates},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(key, keys[i].key) == 0) {
            bool ok = keys[i].flag != NULL ? parse_flag(value, keys[i].flag)
                                           : parse_number(value, DAYS_MOST_S, keys[i].seconds);
            return ok ? NULL : "yes, no, or a number of seconds is needed";
        }
    }
    long milliseconds;
    if (strcmp(key, "timeout") == 0) {
        if (!parse_number(value, TIMEOUT_MOST_MS, &milliseconds) || milliseconds == 0) {
            return "a number of milliseconds up to 60000 is needed";
        }
        rules->timeout_ms = (int)milliseconds;
        return NULL;
    }
    return strcmp(key, "need") == 0 ? set_need(rules, value) : "unknown key";
}

static int set_key(void *user, const char *section, const char *key, const char *value)
{
    struct parse *parse = user;
    const char *why = "unknown section";
    if (strcmp(section, "verifyd") == 0) {
        why = set_service_key(parse, key, value);
    } else if (strcmp(section, "revocation") == 0) {
        why = set_revocation_key(parse->config, key, value);
    }
    if (why != NULL && parse->why == NULL) {
        parse->why = why;
    }
    return why == NULL;
}

static const char *missing(const struct parse *parse)
{
    if (!parse->has_address) {
        return "listen";
    }
    if (parse->config->trust[0] == '\0') {
        return "trust";
    }
    return parse->config->cache[0] == '\0' ? "cache" : NULL;
}

struct verifyd_config *verifyd_config_load(const char *path)
{
    struct verifyd_config *config = calloc(1, sizeof *config);
    if (config == NULL) {
        log_error("%s: out of memory", path);
        return NULL;
    }
    config->connections = CONNECTIONS_DEFAULT;
    config->revocation = revocation_rules_default;
    struct parse parse = {.config = config};
    errno = 0;
    int line = ini_parse(path, set_key, &parse);
    if (line == 0 && missing(&parse) == NULL) {
        return config;
    }
    if (line < 0) {
        log_error("%s: %s", path, strerror(errno));
    } else if (line > 0) {
        log_error("%s:%d: %s", path, line, parse.why != NULL ? parse.why : "no KEY = VALUE here");
    } else {
        log_error("%s: %s is missing", path, missing(&parse));
    }
    verifyd_config_free(&config);
    return NULL;
}

void verifyd_config_free(struct verifyd_config **config)
{
    if (config != NULL) {
        free(*config);
        *config = NULL;
    }
}
