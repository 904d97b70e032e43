#include "base/program.h"

#include <argp.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/program_paths.h"

bool program_begin(const char *name)
{
    static const struct rlimit no_core = {0, 0};
    static char version[64];

    log_open(name);
    snprintf(version, sizeof version, "%s " PIRADI_VERSION, name);
    argp_program_version = version;
    setlocale(LC_ALL, "");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &no_core) != 0) {
        log_error("cannot give up privileges and cores: %s", strerror(errno));
        return false;
    }
    return true;
}

static bool join(const char *folder, const char *name, char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return length > 0 && length < PATH_MAX;
}

bool program_path(const char *name, char path[PATH_MAX])
{
    char folder[PATH_MAX];
    return program_folder(folder) && join(folder, name, path);
}

bool program_config_path(const char *name, char path[PATH_MAX])
{
    return join(program_config_folder(), name, path);
}

bool program_runtime_path(const char *name, char path[PATH_MAX])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime == NULL || runtime[0] != '/') {
        log_error("XDG_RUNTIME_DIR is not set: there is no private place for a socket");
        return false;
    }
    char folder[PATH_MAX];
    struct stat found;
    if (!join(runtime, "piradi", folder)) {
        return false;
    }
    if ((mkdir(folder, 0700) != 0 && errno != EEXIST) || lstat(folder, &found) != 0) {
        log_error("cannot make %s: %s", folder, strerror(errno));
        return false;
    }
    if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 077) != 0) {
        log_error("%s is not a folder of this user's alone", folder);
        return false;
    }
    return join(folder, name, path);
}
