#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "base/trusted_file.h"

#define VALUE_MAX 256

static const struct {
    const char *name;
    bool value;
} keys[CONFIG_KEYS] = {
    [CONFIG_REMEMBER_CARD] = {"remember-card", true},
    [CONFIG_UNLISTED_LOGINS] = {"unlisted-logins", true},
};

/* A file that is being read. */
struct reading {
    struct config *config;
    enum config_source source;
};

const char *config_key_name(enum config_key key)
{
    return keys[key].name;
}

/* CONFIG_KEYS for none of ours. */
static enum config_key find_key(const char *name)
{
    enum config_key key = 0;
    while (key < CONFIG_KEYS && strcmp(keys[key].name, name) != 0) {
        key++;
    }
    return key;
}

static bool lock(struct config *config, const char *value)
{
    char words[VALUE_MAX];
    char *rest = NULL;
    if (snprintf(words, sizeof words, "%s", value) >= (int)sizeof words) {
        return false;
    }
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        enum config_key key = find_key(word);
        if (key == CONFIG_KEYS) {
            return false;
        }
        config->locked[key] = true;
    }
    return true;
}

static int set_key(void *user, const char *section, const char *name, const char *value)
{
    const struct reading *reading = user;
    struct config *config = reading->config;
    enum config_key key = find_key(name);
    bool yes = strcmp(value, "yes") == 0;
    if (strcmp(section, "agent") != 0) {
        return 0;
    }
    if (strcmp(name, "lock") == 0) {
        return reading->source == CONFIG_SYSTEM && lock(config, value);
    }
    if (key == CONFIG_KEYS || (!yes && strcmp(value, "no") != 0)) {
        return 0;
    }
    if (reading->source == CONFIG_SYSTEM || !config->locked[key]) {
        config->values[key] = yes;
        config->sources[key] = reading->source;
    }
    return 1;
}

/* Says why and returns false, so that a refusal is one line. */
static bool PRINTF_LIKE(2, 3) refuse(char reason[CONFIG_REASON_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, CONFIG_REASON_MAX, format, arguments);
    va_end(arguments);
    return false;
}

static bool parse_file(FILE *file, const char *path, struct reading *reading,
                       char reason[CONFIG_REASON_MAX])
{
    if (!file_is_trusted(fileno(file))) {
        return refuse(reason, "%s: others may write it, or it is not a file: refused", path);
    }
    int line = ini_parse_file(file, set_key, reading);
    return line == 0 ||
           refuse(reason, "%s:%d: unknown key, or a value that is not allowed", path, line);
}

/* A file that is missing says nothing. */
static bool read_file(struct config *config, enum config_source source,
                      char reason[CONFIG_REASON_MAX])
{
    const char *path = config->files[source];
    struct reading reading = {config, source};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR ||
               refuse(reason, "%s: %s", path, strerror(errno));
    }
    FILE *file = fdopen(fd, "r");
    if (file == NULL) {
        close(fd);
        return refuse(reason, "%s: %s", path, strerror(errno));
    }
    bool ok = parse_file(file, path, &reading, reason);
    fclose(file);
    return ok;
}

/* Below $XDG_CONFIG_HOME, or ~/.config where that is not set (XDG Base Directory 0.8). False where
 * the environment names neither. */
static bool user_file(char path[PATH_MAX])
{
    const char *folder = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int length = -1;
    if (folder != NULL && folder[0] == '/') {
        length = snprintf(path, PATH_MAX, "%s/piradi/agent.conf", folder);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(path, PATH_MAX, "%s/.config/piradi/agent.conf", home);
    }
    return length > 0 && length < PATH_MAX;
}

bool config_read(struct config *config, char reason[CONFIG_REASON_MAX])
{
    struct config read = {.values = {false}};
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        read.values[key] = keys[key].value;
    }
    if (!program_config_path("agent.conf", read.files[CONFIG_SYSTEM])) {
        return refuse(reason, "agent.conf: its path is too long");
    }
    if (!read_file(&read, CONFIG_SYSTEM, reason)) {
        return false;
    }
    if (user_file(read.files[CONFIG_USER]) && !read_file(&read, CONFIG_USER, reason)) {
        return false;
    }
    *config = read;
    return true;
}
