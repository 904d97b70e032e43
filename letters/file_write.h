/* Bytes put into a file at a place of their own. */
#ifndef PIRADI_FILE_WRITE_H
#define PIRADI_FILE_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"

/* All of them, or STATUS_DISK_FULL, STATUS_INTERNAL with some of them written. */
enum status file_write_at(int fd, uint64_t at, const uint8_t *bytes, size_t size) MUST_USE;

#endif
