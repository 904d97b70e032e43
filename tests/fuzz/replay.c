/* Runs each file of a folder through a fuzz target: what was found once is found again. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static bool replay(int folder, const char *name)
{
    struct stat status;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        perror(name);
        return false;
    }
    /* An allocation of exactly this size, so that the sanitizers see a byte too many. */
    uint8_t *bytes = malloc(status.st_size > 0 ? (size_t)status.st_size : 1);
    bool done = bytes != NULL && read(fd, bytes, (size_t)status.st_size) == status.st_size;
    close(fd);
    if (done) {
        printf("%s\n", name);
        LLVMFuzzerTestOneInput(bytes, (size_t)status.st_size);
    }
    free(bytes);
    return done;
}

static bool replay_all(DIR *folder, unsigned *count)
{
    bool done = true;
    for (struct dirent *entry = readdir(folder); entry != NULL && done; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            done = replay(dirfd(folder), entry->d_name);
            (*count)++;
        }
    }
    return done;
}

/* An empty folder is an error: it would test nothing. */
int main(int count, char **arguments)
{
    unsigned inputs = 0;
    bool done = count > 1;
    for (int i = 1; i < count && done; i++) {
        DIR *folder = opendir(arguments[i]);
        done = folder != NULL && replay_all(folder, &inputs);
        if (folder != NULL) {
            closedir(folder);
        }
    }
    printf("%u inputs\n", inputs);
    return done && inputs > 0 ? 0 : 1;
}
