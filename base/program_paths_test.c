#include "base/program_paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"

bool program_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (length <= 0) {
        return false;
    }
    folder[length] = '\0';
    *strrchr(folder, '/') = '\0';
    return true;
}

const char *program_config_folder(void)
{
    const char *folder = getenv("PIRADI_CONFIG_DIR");
    return folder != NULL ? folder : PIRADI_CONFIG_DIR;
}

bool program_module_path(char path[PATH_MAX])
{
    const char *module = getenv("PIRADI_MODULE");
    char folder[PATH_MAX];
    int length = -1;
    if (module != NULL) {
        length = snprintf(path, PATH_MAX, "%s", module);
    } else if (program_folder(folder)) {
        length = snprintf(path, PATH_MAX, "%s/../lib/piradi-pkcs11.so", folder);
    }
    return length > 0 && length < PATH_MAX;
}
