/* A letter that somebody named on the command line. */
#ifndef PIRADI_CLI_LETTER_FILE_H
#define PIRADI_CLI_LETTER_FILE_H

#include <stdint.h>

#include "agent/cli/outcome.h"
#include "base/must_use.h"

struct letter_file {
    int fd; /* read only; letter_file_close */
    uint64_t size;
};

/*
 * OK and the open file; FILE_UNREADABLE for what is no regular file that can be read,
 * FORMAT_UNSUPPORTED for one that does not begin as a PDF does (ISO 32000-1, 7.5.2, and its note on
 * bytes before the header).
 */
struct outcome letter_file_open(const char *path, struct letter_file *letter) MUST_USE;
void letter_file_close(struct letter_file *letter);

#endif
