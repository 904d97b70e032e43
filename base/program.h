/*
 * What each of our programs is before it does anything, and where it finds its siblings and the
 * configuration.
 *
 * An installed program believes only the paths it was compiled with. A test build
 * (PIRADI_TEST_BUILD, which `install` refuses) finds its siblings beside itself, and obeys
 * PIRADI_CONFIG_DIR and PIRADI_MODULE.
 */
#ifndef PIRADI_PROGRAM_H
#define PIRADI_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

#include "base/must_use.h"

/*
 * Names the program for the log, forbids new privileges, cores and being traced (PR_SET_DUMPABLE
 * 0), takes the locale from the environment, and sets what --version says. Call it first in main.
 * False, with a line in the log, if the kernel refuses.
 */
bool program_begin(const char *name) MUST_USE;

/* Absolute path of a sibling, e.g. "piradi-prompt". False if it does not fit. */
bool program_path(const char *name, char path[PATH_MAX]) MUST_USE;

/* Absolute path below the configuration's folder, e.g. "portals". False if it does not fit. */
bool program_config_path(const char *name, char path[PATH_MAX]) MUST_USE;

/* Absolute path of our PKCS#11 module. False if it does not fit. */
bool program_module_path(char path[PATH_MAX]) MUST_USE;

/* `$XDG_RUNTIME_DIR/piradi/NAME`, the folder made with mode 0700 if absent. False, logged, if it
 * cannot be had. */
bool program_runtime_path(const char *name, char path[PATH_MAX]) MUST_USE;

#endif
