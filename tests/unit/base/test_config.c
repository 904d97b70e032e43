#include "base/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

static char folder[] = "/tmp/piradi-config-XXXXXX";
static char system_file[64];
static char user_file[128];

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0644), 0);
}

static int make_folder(void **state)
{
    (void)state;
    char below[64];
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(below, sizeof below, "%s/piradi", folder);
    snprintf(system_file, sizeof system_file, "%s/agent.conf", folder);
    snprintf(user_file, sizeof user_file, "%s/agent.conf", below);
    return mkdir(below, 0700) == 0 && setenv("PIRADI_CONFIG_DIR", folder, 1) == 0 &&
                   setenv("XDG_CONFIG_HOME", folder, 1) == 0
               ? 0
               : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char below[64];
    snprintf(below, sizeof below, "%s/piradi", folder);
    return rmdir(below) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static int remove_files(void **state)
{
    (void)state;
    (void)unlink(system_file);
    (void)unlink(user_file);
    return 0;
}

static struct config read_good(void)
{
    struct config config;
    char reason[CONFIG_REASON_MAX] = "";
    if (!config_read(&config, reason)) {
        fail_msg("%s", reason);
    }
    return config;
}

static void assert_refused(const char *file, const char *why)
{
    struct config config = {.values = {false}};
    const struct config before = config;
    char reason[CONFIG_REASON_MAX];
    char wanted[PATH_MAX + CONFIG_REASON_MAX];
    assert_false(config_read(&config, reason));
    snprintf(wanted, sizeof wanted, "%s%s", file, why);
    assert_string_equal(reason, wanted);
    assert_memory_equal(&config, &before, sizeof config);
}

static void test_nothing_is_written(void **state)
{
    (void)state;
    struct config config = read_good();
    for (enum config_key key = 0; key < CONFIG_KEYS; key++) {
        assert_true(config.values[key]);
        assert_int_equal(config.sources[key], CONFIG_BUILT_IN);
        assert_false(config.locked[key]);
    }
    assert_string_equal(config.files[CONFIG_SYSTEM], system_file);
    assert_string_equal(config.files[CONFIG_USER], user_file);
}

static void test_user_after_system(void **state)
{
    (void)state;
    write_file(system_file, "[agent]\nremember-card = no\nunlisted-logins = no\n");
    write_file(user_file, "[agent]\n; mine\nremember-card = yes\n");
    struct config config = read_good();
    assert_true(config.values[CONFIG_REMEMBER_CARD]);
    assert_int_equal(config.sources[CONFIG_REMEMBER_CARD], CONFIG_USER);
    assert_false(config.values[CONFIG_UNLISTED_LOGINS]);
    assert_int_equal(config.sources[CONFIG_UNLISTED_LOGINS], CONFIG_SYSTEM);
}

static void test_locked_keys(void **state)
{
    (void)state;
    write_file(system_file,
               "[agent]\nunlisted-logins = no\nlock = unlisted-logins remember-card\n");
    write_file(user_file, "[agent]\nunlisted-logins = yes\nremember-card = no\n");
    struct config config = read_good();
    assert_false(config.values[CONFIG_UNLISTED_LOGINS]);
    assert_int_equal(config.sources[CONFIG_UNLISTED_LOGINS], CONFIG_SYSTEM);
    assert_true(config.values[CONFIG_REMEMBER_CARD]);
    assert_int_equal(config.sources[CONFIG_REMEMBER_CARD], CONFIG_BUILT_IN);
    assert_true(config.locked[CONFIG_REMEMBER_CARD] && config.locked[CONFIG_UNLISTED_LOGINS]);
}

static void test_what_is_wrong_is_named(void **state)
{
    (void)state;
    static const char why[] = ": unknown key, or a value that is not allowed";
    static const struct {
        const char *text;
        const char *line;
    } wrong[] = {
        {"[agent]\nremember-card = maybe\n", ":2"},
        {"[agent]\n\nrember-card = yes\n", ":3"},
        {"remember-card = yes\n", ":1"},
        {"[bridge]\nremember-card = yes\n", ":2"},
        {"[agent]\nlock = everything\n", ":2"},
        {"[agent]\nremember-card\n", ":2"},
        {"[agent]\nremember-card = yes no\n", ":2"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char said[CONFIG_REASON_MAX];
        snprintf(said, sizeof said, "%s%s", wrong[i].line, why);
        write_file(system_file, wrong[i].text);
        assert_refused(system_file, said);
        assert_int_equal(unlink(system_file), 0);
        write_file(user_file, wrong[i].text);
        assert_refused(user_file, said);
        assert_int_equal(unlink(user_file), 0);
    }
    write_file(user_file, "[agent]\nlock = remember-card\n");
    assert_refused(user_file, ":2: unknown key, or a value that is not allowed");
}

static void test_files_that_others_can_write(void **state)
{
    (void)state;
    write_file(user_file, "[agent]\n");
    assert_int_equal(chmod(user_file, 0664), 0);
    assert_refused(user_file, ": others may write it, or it is not a file: refused");
    assert_int_equal(unlink(user_file), 0);
    assert_int_equal(mkfifo(user_file, 0600), 0);
    assert_refused(user_file, ": others may write it, or it is not a file: refused");
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(config_key_name(CONFIG_REMEMBER_CARD), "remember-card");
    assert_string_equal(config_key_name(CONFIG_UNLISTED_LOGINS), "unlisted-logins");
}

#define TEST(name) cmocka_unit_test_teardown(name, remove_files)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_written),
        TEST(test_user_after_system),
        TEST(test_locked_keys),
        TEST(test_what_is_wrong_is_named),
        TEST(test_files_that_others_can_write),
        TEST(test_names),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
