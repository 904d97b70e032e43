#include "base/portals.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/trusted_file.h"

struct portals {
    size_t count;
    struct portal list[PORTALS_MAX];
};

static bool copy_text(char text[PORTAL_TEXT_MAX], const char *value)
{
    size_t length = strlen(value);
    if (length == 0 || length >= PORTAL_TEXT_MAX) {
        return false;
    }
    memcpy(text, value, length + 1);
    return true;
}

bool portals_is_origin(const char *value)
{
    static const char scheme[] = "https://";
    if (strncmp(value, scheme, strlen(scheme)) != 0) {
        return false;
    }
    const char *host = value + strlen(scheme);
    size_t length = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    if (length == 0 || host[length - 1] == '.') {
        return false;
    }
    const char *port = host + length;
    return *port == '\0' ||
           (*port == ':' && port[1] >= '1' && port[1] <= '9' && strlen(port) <= strlen(":65535") &&
            strspn(port + 1, "0123456789") == strlen(port + 1) && strcmp(port, ":443") != 0);
}

static bool parse_permission(const char *word, unsigned *may)
{
    static const struct {
        const char *word;
        enum portal_permission permission;
    } known[] = {
        {"authenticate", PORTAL_MAY_AUTHENTICATE},
        {"certificate", PORTAL_MAY_READ_CERTIFICATE},
        {"sign", PORTAL_MAY_SIGN},
        {"sign-hash", PORTAL_MAY_SIGN_HASH},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(word, known[i].word) == 0) {
            *may |= known[i].permission;
            return true;
        }
    }
    return false;
}

static bool parse_permissions(const char *value, unsigned *may)
{
    char words[PORTAL_TEXT_MAX];
    if (!copy_text(words, value)) {
        return false;
    }
    unsigned parsed = 0;
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        if (!parse_permission(word, &parsed)) {
            return false;
        }
    }
    *may = parsed;
    return parsed != 0;
}

/* A coordinate of P-256: 32 bytes in base64url. */
static bool is_coordinate(const char *text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const size_t length = 43;
    return strlen(text) == length && strspn(text, alphabet) == length;
}

static bool is_public_key(const char *value)
{
    const char *kty, *crv, *x, *y;
    json_t *key = json_loads(value, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_unpack_ex(key, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:s}", "kty", &kty, "crv",
                               &crv, "x", &x, "y", &y) == 0 &&
                strcmp(kty, "EC") == 0 && strcmp(crv, "P-256") == 0 && is_coordinate(x) &&
                is_coordinate(y);
    json_decref(key);
    return good;
}

static bool add_key(struct portal *portal, const char *value)
{
    if (portal->key_count == PORTAL_KEYS_MAX || !is_public_key(value) ||
        !copy_text(portal->keys[portal->key_count], value)) {
        return false;
    }
    portal->key_count++;
    return true;
}

static int set_key(void *user, const char *section, const char *key, const char *value)
{
    struct portal *portal = user;
    if (strcmp(section, "portal") != 0) {
        return 0;
    }
    if (strcmp(key, "origin") == 0) {
        return portals_is_origin(value) && copy_text(portal->origin, value);
    }
    if (strcmp(key, "name.ka") == 0) {
        return copy_text(portal->name_ka, value);
    }
    if (strcmp(key, "name.en") == 0) {
        return copy_text(portal->name_en, value);
    }
    if (strcmp(key, "key") == 0) {
        return add_key(portal, value);
    }
    return strcmp(key, "may") == 0 && parse_permissions(value, &portal->may);
}

/* Says why and returns false, so that a refusal is one line. */
static bool PRINTF_LIKE(2, 3) refuse(char reason[PORTALS_REASON_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, PORTALS_REASON_MAX, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_whole(const struct portal *portal)
{
    return portal->origin[0] != '\0' && portal->name_ka[0] != '\0' && portal->name_en[0] != '\0' &&
           portal->may != 0;
}

static bool parse_portal(FILE *file, const char *name, struct portal *portal,
                         char reason[PORTALS_REASON_MAX])
{
    *portal = (struct portal){0};
    if (!file_is_trusted(fileno(file))) {
        return refuse(reason, "portals/%s: others may write it, or it is not a file: refused",
                      name);
    }
    int line = ini_parse_file(file, set_key, portal);
    if (line != 0) {
        return refuse(reason, "portals/%s:%d: unknown key, or a value that is not allowed", name,
                      line);
    }
    return is_whole(portal) ||
           refuse(reason, "portals/%s: origin, name.ka, name.en and may must all be given", name);
}

static bool read_portal(int folder, const char *name, struct portal *portal,
                        char reason[PORTALS_REASON_MAX])
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL) {
        (void)refuse(reason, "portals/%s: %s", name, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    bool ok = parse_portal(file, name, portal, reason);
    fclose(file);
    return ok;
}

static bool is_config_name(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > strlen(".conf") &&
           strcmp(name + length - strlen(".conf"), ".conf") == 0;
}

static bool read_folder(DIR *folder, struct portals *portals, char reason[PORTALS_REASON_MAX])
{
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (!is_config_name(entry->d_name)) {
            continue;
        }
        if (portals->count == PORTALS_MAX) {
            return refuse(reason, "portals: more than %d files", PORTALS_MAX);
        }
        struct portal *portal = &portals->list[portals->count];
        if (!read_portal(dirfd(folder), entry->d_name, portal, reason)) {
            return false;
        }
        if (portals_find(portals, portal->origin) != NULL) {
            return refuse(reason, "portals/%s: %s is in another file already", entry->d_name,
                          portal->origin);
        }
        portals->count++;
    }
    return true;
}

struct portals *portals_load_or_say(const char *path, char reason[PORTALS_REASON_MAX])
{
    struct portals *portals = calloc(1, sizeof *portals);
    DIR *folder = opendir(path);
    if (portals == NULL || (folder == NULL && errno != ENOENT)) {
        (void)refuse(reason, "%s: %s", path, strerror(errno));
        portals_free(&portals);
    } else if (folder != NULL && !read_folder(folder, portals, reason)) {
        portals_free(&portals);
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return portals;
}

struct portals *portals_load(const char *path)
{
    char reason[PORTALS_REASON_MAX];
    struct portals *portals = portals_load_or_say(path, reason);
    if (portals == NULL) {
        log_error("%s", reason);
    }
    return portals;
}

void portals_free(struct portals **portals)
{
    if (portals != NULL) {
        free(*portals);
        *portals = NULL;
    }
}

size_t portals_count(const struct portals *portals)
{
    return portals->count;
}

const struct portal *portals_find(const struct portals *portals, const char *origin)
{
    for (size_t i = 0; i < portals->count; i++) {
        if (strcmp(portals->list[i].origin, origin) == 0) {
            return &portals->list[i];
        }
    }
    return NULL;
}
