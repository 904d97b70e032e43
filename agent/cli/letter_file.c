#include "agent/cli/letter_file.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Readers of PDF find the header within the first 1024 bytes. */
#define HEADER_WITHIN 1024

static bool begins_as_pdf(int fd)
{
    static const char header[] = "%PDF-";
    char bytes[HEADER_WITHIN];
    ssize_t got = pread(fd, bytes, sizeof bytes, 0);
    return got > 0 && memmem(bytes, (size_t)got, header, strlen(header)) != NULL;
}

struct outcome letter_file_open(const char *path, struct letter_file *letter)
{
    struct stat found;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return outcome_of_fault(FAULT_UNREADABLE);
    }
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) {
        close(fd);
        return outcome_of_fault(FAULT_UNREADABLE);
    }
    if (!begins_as_pdf(fd)) {
        close(fd);
        return outcome_of_fault(FAULT_FORMAT);
    }
    letter->fd = fd;
    letter->size = (uint64_t)found.st_size;
    return outcome_of_status(STATUS_OK);
}

void letter_file_close(struct letter_file *letter)
{
    close(letter->fd);
    letter->fd = -1;
}
