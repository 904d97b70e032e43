#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "portal/pages.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/portal/support.h"

static void put(struct fixture *fixture, const char *name, const char *text)
{
    free(fixture_write(fixture, name, text, strlen(text)));
}

/* Pages in the fixture's folder site, piradi.js in its folder js. */
static struct pages *load(struct fixture *fixture)
{
    char site[96];
    char javascript[96];
    snprintf(site, sizeof site, "%s/site", fixture->folder);
    snprintf(javascript, sizeof javascript, "%s/js", fixture->folder);
    return pages_load(site, javascript);
}

static int make_folders(void **state)
{
    char path[96];
    fixture_make(state);
    struct fixture *fixture = *state;
    snprintf(path, sizeof path, "%s/site", fixture->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/js", fixture->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    put(fixture, "site/index.html", "index");
    put(fixture, "site/new.html", "new");
    put(fixture, "site/style.css", "");
    put(fixture, "js/piradi.js", "module");
    put(fixture, "js/secret.js", "not served");
    return 0;
}

static void serves_by_name(void **state)
{
    struct pages *pages = load(*state);
    assert_non_null(pages);
    const struct page *page = pages_find(pages, "/");
    assert_non_null(page);
    assert_int_equal(page->size, 5);
    assert_memory_equal(page->bytes, "index", 5);
    assert_string_equal(page->type, "text/html; charset=utf-8");
    assert_string_equal(pages_find(pages, "/piradi.js")->type, "text/javascript; charset=utf-8");
    assert_non_null(pages_find(pages, "/new"));
    assert_int_equal(pages_find(pages, "/style.css")->size, 0);
    assert_string_not_equal(page->etag, pages_find(pages, "/new")->etag);
    static const char *const absent[] = {
        "", "/index", "/index.html", "/new.html", "/secret.js", "/../js/secret.js", "/new/"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        assert_null(pages_find(pages, absent[i]));
    }
    pages_free(&pages);
    assert_null(pages);
}

static void refuses_what_it_does_not_know(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "site/key.pem", "key");
    assert_null(load(fixture));
}

static void refuses_two_of_one_name(void **state)
{
    struct fixture *fixture = *state;
    put(fixture, "site/piradi.js", "another");
    assert_null(load(fixture));
}

static void refuses_a_folder_and_an_absent_file(void **state)
{
    struct fixture *fixture = *state;
    char path[96];
    snprintf(path, sizeof path, "%s/site/folder.js", fixture->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(load(fixture));
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof path, "%s/js/piradi.js", fixture->folder);
    assert_int_equal(unlink(path), 0);
    assert_null(load(fixture));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folders, fixture_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(serves_by_name),
        TEST(refuses_what_it_does_not_know),
        TEST(refuses_two_of_one_name),
        TEST(refuses_a_folder_and_an_absent_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
