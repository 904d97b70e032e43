/*
 * A ZIP archive written from its beginning to its end, each file as it is (APPNOTE 6.3, method 0):
 * what ASiC (ETSI EN 319 162-1, annex A) needs, in bounded memory. libzip reads; it cannot write to
 * a descriptor.
 */
#ifndef PIRADI_ZIP_WRITE_H
#define PIRADI_ZIP_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "base/status.h"

struct zip_write {
    int fd;      /* lent; written from its beginning */
    uint64_t at; /* where the next byte goes */
    uint16_t date;
    uint16_t time;
    uint16_t count;
    struct buffer directory;
};

/* `at` is the time of all files, UTC. Free with zip_write_free. */
void zip_write_begin(struct zip_write *zip, int fd, time_t at);
void zip_write_free(struct zip_write *zip);

/*
 * A file of these bytes, or of all that a descriptor has, under a name in UTF-8.
 * STATUS_DOCUMENT_TOO_LARGE where the archive would pass 4 GiB or 65535 files, STATUS_DISK_FULL,
 * STATUS_INTERNAL.
 */
enum status zip_write_bytes(struct zip_write *zip, const char *name, const void *bytes,
                            size_t size) MUST_USE;
enum status zip_write_file(struct zip_write *zip, const char *name, int fd) MUST_USE;

/* The central directory. The same. */
enum status zip_write_end(struct zip_write *zip) MUST_USE;

#endif
