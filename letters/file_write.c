#include "letters/file_write.h"

#include <errno.h>
#include <unistd.h>

enum status file_write_at(int fd, uint64_t at, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = pwrite(fd, bytes, size, (off_t)at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? STATUS_DISK_FULL
                                                                        : STATUS_INTERNAL;
        }
        bytes += written;
        at += (uint64_t)written;
        size -= (size_t)written;
    }
    return STATUS_OK;
}
