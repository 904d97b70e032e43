#include "portal/config.h"

#include <errno.h>
#include <ini.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/portals.h"
#include "portal/address.h"

#define BODY_SECTION "body "

static const char not_allowed[] = "this value is not allowed";

struct parse {
    struct config *config;
    const char *why; /* of the first wrong line */
};

static bool copy_text(char text[CONFIG_TEXT_MAX], const char *value)
{
    size_t length = strlen(value);
    if (length == 0 || length >= CONFIG_TEXT_MAX) {
        return false;
    }
    memcpy(text, value, length + 1);
    return true;
}

static bool parse_address(const char *value, struct config *config)
{
    if (!address_parse(value, &config->address)) {
        return false;
    }
    config->address_size = config->address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                                 : sizeof(struct sockaddr_in);
    return true;
}

static bool parse_origin(const char *value, struct config *config)
{
    if (!portals_is_origin(value) || !copy_text(config->origin, value)) {
        return false;
    }
    config->authority = config->origin + strlen("https://");
    return true;
}

static bool parse_path(const char *value, char path[CONFIG_TEXT_MAX])
{
    return value[0] == '/' && copy_text(path, value);
}

static const char *set_portal_key(struct config *config, const char *key, const char *value)
{
    const struct {
        const char *key;
        char *path;
    } paths[] = {
        {"certificate", config->certificate},
        {"database", config->database},
        {"javascript", config->javascript},
        {"key", config->key},
        {"pages", config->pages},
        {"trust", config->trust},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (strcmp(key, paths[i].key) == 0) {
            return parse_path(value, paths[i].path) ? NULL : "an absolute path is needed here";
        }
    }
    if (strcmp(key, "origin") == 0) {
        return parse_origin(value, config) ? NULL : "https://HOST or https://HOST:PORT is needed";
    }
    if (strcmp(key, "listen") == 0) {
        return parse_address(value, config) ? NULL : "ADDRESS:PORT or [ADDRESS]:PORT is needed";
    }
    return "unknown key";
}

static bool is_body_id(const char *id)
{
    size_t length = strlen(id);
    return length > 0 && length < CONFIG_TEXT_MAX &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static struct public_body *find_or_add_body(struct config *config, const char *id)
{
    for (size_t i = 0; i < config->body_count; i++) {
        if (strcmp(config->bodies[i].id, id) == 0) {
            return &config->bodies[i];
        }
    }
    if (config->body_count == CONFIG_BODIES_MAX || !is_body_id(id)) {
        return NULL;
    }
    struct public_body *body = &config->bodies[config->body_count];
    return copy_text(body->id, id) ? config->body_count++, body : NULL;
}

static const char *set_body_key(struct config *config, const char *id, const char *key,
                                const char *value)
{
    struct public_body *body = find_or_add_body(config, id);
    if (body == NULL) {
        return "too many public bodies, or an id that is not of a-z, 0-9 and -";
    }
    if (strcmp(key, "name.ka") == 0) {
        return copy_text(body->name_ka, value) ? NULL : not_allowed;
    }
    if (strcmp(key, "name.en") == 0) {
        return copy_text(body->name_en, value) ? NULL : not_allowed;
    }
    return "unknown key";
}

static int set_key(void *user, const char *section, const char *key, const char *value)
{
    struct parse *parse = user;
    const char *why = "unknown section";
    if (strcmp(section, "portal") == 0) {
        why = set_portal_key(parse->config, key, value);
    } else if (strncmp(section, BODY_SECTION, strlen(BODY_SECTION)) == 0) {
        why = set_body_key(parse->config, section + strlen(BODY_SECTION), key, value);
    }
    if (why != NULL && parse->why == NULL) {
        parse->why = why;
    }
    return why == NULL;
}

/* The name of what is missing, or NULL. */
static const char *missing(const struct config *config)
{
    const struct {
        const char *key;
        const char *value;
    } needed[] = {
        {"origin", config->origin},
        {"certificate", config->certificate},
        {"key", config->key},
        {"database", config->database},
        {"trust", config->trust},
        {"pages", config->pages},
        {"javascript", config->javascript},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (needed[i].value[0] == '\0') {
            return needed[i].key;
        }
    }
    if (config->address_size == 0) {
        return "listen";
    }
    for (size_t i = 0; i < config->body_count; i++) {
        if (config->bodies[i].name_ka[0] == '\0' || config->bodies[i].name_en[0] == '\0') {
            return "a public body's name.ka or name.en";
        }
    }
    return config->body_count == 0 ? "a section [body ID]" : NULL;
}

struct config *config_load(const char *path)
{
    struct config *config = calloc(1, sizeof *config);
    if (config == NULL) {
        log_error("%s: out of memory", path);
        return NULL;
    }
    struct parse parse = {.config = config};
    errno = 0;
    int line = ini_parse(path, set_key, &parse);
    if (line < 0) {
        log_error("%s: %s", path, strerror(errno));
        config_free(&config);
    } else if (line > 0) {
        log_error("%s:%d: %s", path, line, parse.why != NULL ? parse.why : "no KEY = VALUE here");
        config_free(&config);
    } else if (missing(config) != NULL) {
        log_error("%s: %s is missing", path, missing(config));
        config_free(&config);
    }
    return config;
}

void config_free(struct config **config)
{
    if (config != NULL) {
        free(*config);
        *config = NULL;
    }
}

const struct public_body *config_body(const struct config *config, const char *id)
{
    for (size_t i = 0; i < config->body_count; i++) {
        if (strcmp(config->bodies[i].id, id) == 0) {
            return &config->bodies[i];
        }
    }
    return NULL;
}
