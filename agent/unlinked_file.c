#include "agent/unlinked_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

int unlinked_file_open(void)
{
    const char *folder = getenv("TMPDIR");
    if (folder == NULL) {
        folder = "/var/tmp";
    }
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd < 0) {
        log_error("no unlinked file in %s: %s", folder, strerror(errno));
    }
    return fd;
}

int unlinked_file_reopen_to_read(int fd)
{
    char path[sizeof "/proc/self/fd/" + 3 * sizeof fd];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

enum status unlinked_file_append(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
            log_error("cannot write to an unlinked file: %s", strerror(errno));
            return full ? STATUS_DISK_FULL : STATUS_INTERNAL;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return STATUS_OK;
}
