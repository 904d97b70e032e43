/*
 * Documents on their way: files without a name, on disk and not in memory, gone with the last
 * descriptor.
 */
#ifndef PIRADI_BRIDGE_TEMPORARY_FILE_H
#define PIRADI_BRIDGE_TEMPORARY_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"

/* Below $TMPDIR if that is absolute, else /var/tmp. -1, logged, on failure. */
int temporary_file_open(void) MUST_USE;

/* Writes at the file's position. STATUS_DISK_FULL, or STATUS_INTERNAL (logged). */
enum status temporary_file_write(int fd, const uint8_t *bytes, size_t size) MUST_USE;

#endif
