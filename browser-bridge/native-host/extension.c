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
};

static int match_key(void *context, const char *section, const char *key, const char *value)
{
    struct search *search = context;
    if (strcmp(section, "extension") != 0 || strcmp(key, "id") != 0) {
        return 0;
    }
    search->found = search->found || strcmp(value, search->id) == 0;
    return 1;
}

static bool is_configured(const char *path, const char *id)
{
    struct search search = {.id = id};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL) {
        if (fd >= 0) {
            close(fd);
        } else if (errno != ENOENT) {
            log_error("%s: %s", path, strerror(errno));
        }
        return false;
    }
    bool trusted = file_is_trusted(fileno(file));
    int line = trusted ? ini_parse_file(file, match_key, &search) : 0;
    fclose(file);
    if (!trusted) {
        log_error("%s: others may write it, or it is not a file: refused", path);
    } else if (line != 0) {
        log_error("%s:%d: unknown key", path, line);
    }
    return trusted && line == 0 && search.found;
}

bool extension_is_known(int argc, char *const argv[], const char *config_path)
{
    static const char chromium[] = "chrome-extension://";
    if (argc < 2) {
        return false;
    }
    bool is_chromium = strncmp(argv[1], chromium, strlen(chromium)) == 0;
    if (!is_chromium && argc < 3) {
        return false;
    }
    const char *id = is_chromium ? argv[1] : argv[2];
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        if (strcmp(published[i], id) == 0) {
            return true;
        }
    }
    return is_configured(config_path, id);
}
