/* The two variants of program.h's paths: program_paths_installed.c and program_paths_test.c, chosen
 * by CMake. */
#ifndef PIRADI_PROGRAM_PATHS_H
#define PIRADI_PROGRAM_PATHS_H

#include <limits.h>
#include <stdbool.h>

#include "base/must_use.h"

bool program_folder(char folder[PATH_MAX]) MUST_USE;
const char *program_config_folder(void);

#endif
