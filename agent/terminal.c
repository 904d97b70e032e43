#include "agent/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/dev/pts/"
#define DIGITS_MAX 9

bool terminal_is_name(const char *text)
{
    if (strncmp(text, FOLDER, strlen(FOLDER)) != 0) {
        return false;
    }
    const char *number = text + strlen(FOLDER);
    size_t digits = strspn(number, "0123456789");
    return digits >= 1 && digits <= DIGITS_MAX && number[digits] == '\0';
}

int terminal_open(const char *name)
{
    struct stat found;
    int fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &found) != 0 || found.st_uid != geteuid() || isatty(fd) != 1)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool terminal_is_not_needed(void)
{
    const char *x11 = getenv("DISPLAY");
    const char *wayland = getenv("WAYLAND_DISPLAY");
    return (x11 != NULL && x11[0] != '\0') || (wayland != NULL && wayland[0] != '\0');
}
