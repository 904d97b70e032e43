/* A file appears whole or not at all, and only in the place of another where that was asked for. */
#include "agent/cli/output_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

static char folder[] = "/tmp/output-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    memcpy(strrchr(folder, '-'), "-XXXXXX", sizeof "-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/b.pdf", folder);
    return 0;
}

static size_t count_files(void)
{
    size_t count = 0;
    DIR *files = opendir(folder);
    assert_non_null(files);
    for (struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
        count += entry->d_type == DT_REG;
    }
    closedir(files);
    return count;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void put(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_content(const char *text)
{
    char content[64] = "";
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, content, sizeof content - 1), strlen(text));
    assert_string_equal(content, text);
    close(fd);
}

static void appears_when_kept(void **state)
{
    (void)state;
    struct output_file file;
    struct stat found;
    mode_t mask = umask(027);
    assert_int_equal(output_file_open(&file, path, false).exit_status, 0);
    umask(mask);
    put(file.fd, "letter");
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(output_file_keep(&file).exit_status, 0);
    assert_content("letter");
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0640);
    assert_int_equal(count_files(), 1);
}

static void discarded_leaves_nothing(void **state)
{
    (void)state;
    struct output_file file;
    assert_int_equal(output_file_open(&file, path, false).exit_status, 0);
    assert_int_equal(count_files(), 1);
    output_file_discard(&file);
    output_file_discard(&file);
    assert_int_equal(count_files(), 0);
}

static void another_file_is_kept(void **state)
{
    (void)state;
    struct output_file file;
    assert_int_equal(output_file_open(&file, path, false).exit_status, 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600); /* it came meanwhile */
    put(fd, "precious");
    close(fd);
    assert_int_equal(output_file_keep(&file).exit_status, FAULT_EXISTS);
    assert_content("precious");
    assert_int_equal(count_files(), 1);
    assert_int_equal(output_file_open(&file, path, false).exit_status, FAULT_EXISTS);
    assert_int_equal(count_files(), 1);
}

static void overwritten_when_asked(void **state)
{
    (void)state;
    struct output_file file;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    put(fd, "old");
    close(fd);
    assert_int_equal(output_file_open(&file, path, true).exit_status, 0);
    put(file.fd, "new");
    assert_content("old");
    assert_int_equal(output_file_keep(&file).exit_status, 0);
    assert_content("new");
    assert_int_equal(count_files(), 1);
}

static void places_that_cannot_be_written(void **state)
{
    (void)state;
    static char long_path[PATH_MAX + 2];
    struct output_file file;
    memset(long_path, 'a', sizeof long_path - 1);
    const char *const wrong[] = {"",       "/", "/tmp/", "/no/such/folder/b.pdf", "/proc/b.pdf",
                                 long_path};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(output_file_open(&file, wrong[i], true).exit_status, FAULT_UNWRITABLE);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appears_when_kept, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(discarded_leaves_nothing, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(another_file_is_kept, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(overwritten_when_asked, make_folder, remove_folder),
        cmocka_unit_test(places_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
