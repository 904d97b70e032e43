#include "base/program_paths.h"

#include <string.h>

#include "base/program.h"

bool program_folder(char folder[PATH_MAX])
{
    memcpy(folder, PIRADI_PROGRAM_DIR, sizeof PIRADI_PROGRAM_DIR);
    return true;
}

const char *program_config_folder(void)
{
    return PIRADI_CONFIG_DIR;
}

bool program_module_path(char path[PATH_MAX])
{
    static const char installed[] = PIRADI_MODULE_DIR "/piradi-pkcs11.so";
    memcpy(path, installed, sizeof installed);
    return true;
}
