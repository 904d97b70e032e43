#include "tests/unit/letters/tool.h"

#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

extern char **environ;

void tool_path(int fd, char path[TOOL_PATH_MAX])
{
    snprintf(path, TOOL_PATH_MAX, "/proc/%d/fd/%d", (int)getpid(), fd);
}

static void read_all(int fd, char output[TOOL_OUTPUT_MAX])
{
    size_t size = 0;
    ssize_t got;
    while ((got = read(fd, output + size, TOOL_OUTPUT_MAX - 1 - size)) > 0) {
        size += (size_t)got;
    }
    assert_int_equal(got, 0);
    output[size] = '\0';
}

int tool_run(const char *const argv[], char output[TOOL_OUTPUT_MAX])
{
    int ends[2];
    pid_t child;
    int status;
    posix_spawn_file_actions_t actions;
    assert_int_equal(pipe2(ends, 0), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, ends[1], 1), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, ends[1], 2), 0);
    assert_int_equal(posix_spawn_file_actions_addclose(&actions, ends[0]), 0);
    assert_int_equal(
        posix_spawnp(&child, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    read_all(ends[0], output);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

void tool_succeeds(const char *const argv[], char output[TOOL_OUTPUT_MAX])
{
    int code = tool_run(argv, output);
    if (code != 0) {
        fail_msg("%s exits with %d: %s", argv[0], code, output);
    }
}
