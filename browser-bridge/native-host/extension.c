#include "browser-bridge/native-host/extension.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/trusted_file.h"

/* The published Web eID extension: Chrome's store, Edge's store, Mozilla's add-ons. */
static const char *const published[] = {
    "chrome-extension://ncibgoaomkmdpilpocfeponihegamlic/",
    "chrome-extension://gnmckgbandlkacikdndelhfghdejfido/",
    "{e68418bc-f2b0-4459-a9ea-3e72b6751b07}",
};

struct search {
    const char *id;
    bool found;
    bool unlisted_refused;
};

static int read_extension(struct search *search, const char *key, const char *value)
{
    if (strcmp(key, "id") != 0) {
        return 0;
    }
    search->found = search->found || strcmp(value, search->id) == 0;
    return 1;
}

static int read_origins(struct search *search, const char *key, const char *value)
{
    search->unlisted_refused = strcmp(value, "refuse") == 0;
    return strcmp(key, "unlisted") == 0 && (search->unlisted_refused || strcmp(value, "warn") == 0);
}

static int read_key(void *context, const char *section, const char *key, const char *value)
{
    if (strcmp(section, "extension") == 0) {
        return read_extension(context, key, value);
    }
    return strcmp(section, "origins") == 0 && read_origins(context, key, value);
}

/* False for a file that is wrong; an absent one is not. */
static bool read_file(const char *path, struct search *search)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL) {
        bool absent = fd < 0 && errno == ENOENT;
        if (fd >= 0) {
            close(fd);
        }
        if (!absent) {
            log_error("%s: %s", path, strerror(errno));
        }
        return absent;
    }
    bool trusted = file_is_trusted(fileno(file));
    int line = trusted ? ini_parse_file(file, read_key, search) : 0;
    fclose(file);
    if (!trusted) {
        log_error("%s: others may write it, or it is not a file: refused", path);
    } else if (line != 0) {
        log_error("%s:%d: unknown key, or a value that is not allowed", path, line);
    }
    return trusted && line == 0;
}

/* What the browser says of who asks; NULL when it is no browser. */
static const char *id_of(int argc, char *const argv[])
{
    static const char chromium[] = "chrome-extension://";
    if (argc >= 2 && strncmp(argv[1], chromium, strlen(chromium)) == 0) {
        return argv[1];
    }
    return argc >= 3 ? argv[2] : NULL;
}

bool extension_is_known(int argc, char *const argv[], const char *config_path,
                        bool *unlisted_refused)
{
    struct search search = {.id = id_of(argc, argv)};
    if (search.id == NULL || !read_file(config_path, &search)) {
        return false;
    }
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        search.found = search.found || strcmp(published[i], search.id) == 0;
    }
    if (search.found) {
        *unlisted_refused = search.unlisted_refused;
    }
    return search.found;
}
