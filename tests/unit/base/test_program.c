#include "base/program.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

/* A1, A8: no core, no tracer, no new privileges. */
static void begins_without_privileges_and_cores(void **state)
{
    (void)state;
    assert_true(program_begin("test-program"));
    struct rlimit core;
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    assert_int_equal(core.rlim_max, 0);
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}

static void runtime_folder_is_this_users_alone(void **state)
{
    (void)state;
    char runtime[] = "/tmp/piradi-runtime-XXXXXX";
    char path[PATH_MAX];
    assert_non_null(mkdtemp(runtime));
    assert_int_equal(setenv("XDG_RUNTIME_DIR", runtime, 1), 0);
    assert_true(program_runtime_path("agent.sock", path));
    assert_memory_equal(path, runtime, strlen(runtime));
    assert_string_equal(path + strlen(runtime), "/piradi/agent.sock");

    *strrchr(path, '/') = '\0';
    struct stat folder;
    assert_int_equal(stat(path, &folder), 0);
    assert_int_equal(folder.st_mode & 07777, 0700);

    assert_int_equal(chmod(path, 0755), 0);
    char other[PATH_MAX];
    assert_false(program_runtime_path("agent.sock", other));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(runtime), 0);
}

static void no_runtime_folder_no_path(void **state)
{
    (void)state;
    char path[PATH_MAX];
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
    assert_false(program_runtime_path("agent.sock", path));
    assert_int_equal(setenv("XDG_RUNTIME_DIR", "relative", 1), 0);
    assert_false(program_runtime_path("agent.sock", path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_without_privileges_and_cores),
        cmocka_unit_test(runtime_folder_is_this_users_alone),
        cmocka_unit_test(no_runtime_folder_no_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
