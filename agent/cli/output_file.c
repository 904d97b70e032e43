#include "agent/cli/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct outcome outcome_of_error(int error)
{
    if (error == EEXIST) {
        return outcome_of_fault(FAULT_EXISTS);
    }
    return error == ENOSPC || error == EDQUOT ? outcome_of_status(STATUS_DISK_FULL)
                                              : outcome_of_fault(FAULT_UNWRITABLE);
}

/* mkstemp makes a file for its owner alone; this is a file like any other of the person's. */
static bool set_usual_mode(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(fd, 0666 & ~mask) == 0;
}

/* Bytes of the path up to and with its last slash. */
static int folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (int)(slash - path) + 1 : 0;
}

struct outcome output_file_open(struct output_file *file, const char *path, bool overwrite)
{
    struct stat found;
    file->fd = -1;
    file->overwrite = overwrite;
    int length = snprintf(file->path, sizeof file->path, "%s", path);
    int folder = folder_length(path);
    int temporary =
        snprintf(file->temporary, sizeof file->temporary, "%.*s.piradi-XXXXXX", folder, path);
    if (length <= 0 || length >= PATH_MAX || temporary >= PATH_MAX || path[folder] == '\0') {
        return outcome_of_fault(FAULT_UNWRITABLE);
    }
    if (!overwrite && lstat(path, &found) == 0) {
        return outcome_of_fault(FAULT_EXISTS);
    }
    file->fd = mkostemp(file->temporary, O_CLOEXEC);
    if (file->fd < 0) {
        return outcome_of_error(errno);
    }
    if (!set_usual_mode(file->fd)) {
        struct outcome outcome = outcome_of_error(errno);
        output_file_discard(file);
        return outcome;
    }
    return outcome_of_status(STATUS_OK);
}

static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    int length = folder_length(path);
    snprintf(folder, sizeof folder, "%.*s", length > 0 ? length : 1, length > 0 ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

struct outcome output_file_keep(struct output_file *file)
{
    unsigned how = file->overwrite ? 0 : RENAME_NOREPLACE;
    if (fsync(file->fd) != 0 ||
        renameat2(AT_FDCWD, file->temporary, AT_FDCWD, file->path, how) != 0) {
        struct outcome outcome = outcome_of_error(errno);
        output_file_discard(file);
        return outcome;
    }
    close(file->fd);
    file->fd = -1;
    return sync_folder(file->path) ? outcome_of_status(STATUS_OK)
                                   : outcome_of_fault(FAULT_UNWRITABLE);
}

void output_file_discard(struct output_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
        unlink(file->temporary);
    }
}
