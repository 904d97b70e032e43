#include "browser-bridge/temporary_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* Not $XDG_RUNTIME_DIR: that is memory. */
static const char *folder_path(void)
{
    const char *folder = getenv("TMPDIR");
    return folder != NULL && folder[0] == '/' ? folder : "/var/tmp";
}

/* For a file system without O_TMPFILE. */
static int open_and_unlink(const char *folder)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/piradi-XXXXXX", folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) {
        unlink(path);
    }
    return fd;
}

int temporary_file_open(void)
{
    const char *folder = folder_path();
    int fd = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        fd = open_and_unlink(folder);
    }
    if (fd < 0) {
        log_error("no temporary file below %s: %s", folder, strerror(errno));
    }
    return fd;
}

enum status temporary_file_write(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0 && (errno == ENOSPC || errno == EDQUOT)) {
            return STATUS_DISK_FULL;
        }
        if (written <= 0) {
            log_error("writing a temporary file: %s", strerror(errno));
            return STATUS_INTERNAL;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return STATUS_OK;
}
