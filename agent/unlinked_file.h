/* A file of ours alone that has no name and goes with its last descriptor. */
#ifndef PIRADI_AGENT_UNLINKED_FILE_H
#define PIRADI_AGENT_UNLINKED_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"

/* A new empty one, for reading and writing, in TMPDIR or /var/tmp; -1, logged, if there is none. */
int unlinked_file_open(void) MUST_USE;

/* Another description of the same file, for reading alone; -1 on error. */
int unlinked_file_reopen_to_read(int fd) MUST_USE;

/* Adds all bytes at the end: STATUS_OK, DISK_FULL or INTERNAL. */
enum status unlinked_file_append(int fd, const uint8_t *bytes, size_t size) MUST_USE;

#endif
