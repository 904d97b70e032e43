/*
 * A file that appears whole or not at all: written under another name beside its own, flushed to
 * the disk, and then renamed.
 */
#ifndef PIRADI_CLI_OUTPUT_FILE_H
#define PIRADI_CLI_OUTPUT_FILE_H

#include <limits.h>
#include <stdbool.h>

#include "agent/cli/outcome.h"
#include "base/must_use.h"

struct output_file {
    int fd; /* to be written to */
    bool overwrite;
    char path[PATH_MAX];
    char temporary[PATH_MAX];
};

/*
 * Prepares to write path, which must not exist unless overwrite; nothing is seen there yet. OK, or
 * FILE_EXISTS, FILE_UNWRITABLE, DISK_FULL. To be ended by output_file_keep or output_file_discard.
 */
struct outcome output_file_open(struct output_file *file, const char *path,
                                bool overwrite) MUST_USE;

/* The file takes its place; discarded if that fails. The same outcomes. */
struct outcome output_file_keep(struct output_file *file) MUST_USE;

void output_file_discard(struct output_file *file);

#endif
