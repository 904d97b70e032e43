#include "base/portals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

#define GOOD                                                                                                       \
    "[portal]\norigin = https://portal.piradi.test\nname.ka = მოქალაქის პორტალი\n" \
    "name.en = Citizen portal\nmay = authenticate sign\n"

#define KEY_OF(x)                                                                                  \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" x                                                 \
    "\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}"
#define KEY KEY_OF("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
#define OTHER "[portal]\norigin = https://a.test\nname.ka = a\nname.en = a\nmay = sign\n"

static char folder[] = "/tmp/piradi-portals-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    memcpy(strrchr(folder, '-'), "-XXXXXX", sizeof "-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path_of("a.conf"));
    unlink(path_of("b.conf"));
    unlink(path_of("readme.txt"));
    return rmdir(folder);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path_of(name), 0644), 0);
}

static void finds_only_the_same_bytes(void **state)
{
    (void)state;
    write_file("a.conf", GOOD);
    write_file("readme.txt", "not a portal");
    struct portals *portals = portals_load(folder);
    assert_non_null(portals);
    const struct portal *portal = portals_find(portals, "https://portal.piradi.test");
    assert_non_null(portal);
    assert_string_equal(portal->name_ka, "მოქალაქის პორტალი");
    assert_int_equal(portal->may, PORTAL_MAY_AUTHENTICATE | PORTAL_MAY_SIGN);
    static const char *const others[] = {
        "https://portal.piradi.test/",
        "https://portal.piradi.test:443",
        "http://portal.piradi.test",
        "https://PORTAL.piradi.test",
        "https://portal.piradi.test.evil.test",
        "https://evil-portal.piradi.test",
        "null",
        "",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_null(portals_find(portals, others[i]));
    }
    portals_free(&portals);
    assert_null(portals);
}

static void permissions_and_keys(void **state)
{
    (void)state;
    write_file("a.conf", "[portal]\norigin = https://a.test\nname.ka = a\nname.en = a\n"
                         "may = certificate sign-hash\nkey = " KEY "\nkey = " KEY "\n");
    struct portals *portals = portals_load(folder);
    assert_non_null(portals);
    const struct portal *portal = portals_find(portals, "https://a.test");
    assert_non_null(portal);
    assert_int_equal(portal->may, PORTAL_MAY_SIGN_HASH | PORTAL_MAY_READ_CERTIFICATE);
    assert_int_equal(portal->key_count, 2);
    assert_string_equal(portal->keys[0], KEY);
    portals_free(&portals);
}

static void one_wrong_file_fails_the_list(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "[portal]\n",
        "[other]\norigin = https://a.test\n",
        "[portal]\norigin = https://a.test/path\nname.ka = a\nname.en = a\nmay = sign\n",
        "[portal]\norigin = http://a.test\nname.ka = a\nname.en = a\nmay = sign\n",
        "[portal]\norigin = https://A.test\nname.ka = a\nname.en = a\nmay = sign\n",
        "[portal]\norigin = https://a.test:443\nname.ka = a\nname.en = a\nmay = sign\n",
        "[portal]\norigin = https://a.test\nname.ka = a\nname.en = a\nmay = everything\n",
        "[portal]\norigin = https://a.test\nname.ka = a\nname.en = a\nmay = sign\ncolour = red\n",
        "[portal]\norigin = https://a.test\nname.ka = a\nmay = sign\n",
        OTHER "may = sign-hashes\n",
        OTHER "key =\n",
        OTHER "key = secret\n",
        OTHER "key = {}\n",
        OTHER "key = " KEY_OF("short") "\n",
        OTHER "key = " KEY_OF("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE+") "\n",
        OTHER "key = {\"d\":\"a\"," /* a private key does not belong there */
              "\"kty\":\"EC\",\"crv\":\"P-256\","
              "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
              "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}\n",
        OTHER "key = " KEY "\nkey = " KEY "\nkey = " KEY "\n",
        GOOD /* the same origin as in a.conf */,
    };
    write_file("a.conf", GOOD);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_file("b.conf", wrong[i]);
        assert_null(portals_load(folder));
    }
}

static void the_reason_names_file_and_line(void **state)
{
    (void)state;
    char reason[PORTALS_REASON_MAX] = "untouched";
    write_file("a.conf", GOOD);
    struct portals *portals = portals_load_or_say(folder, reason);
    assert_non_null(portals);
    assert_int_equal(portals_count(portals), 1);
    assert_string_equal(reason, "untouched");
    portals_free(&portals);
    write_file("b.conf", "[portal]\norigin = https://b.test\nmay = everything\n");
    assert_null(portals_load_or_say(folder, reason));
    assert_ptr_equal(strstr(reason, "portals/b.conf:3: "), reason);
}

static void file_that_others_may_write_is_refused(void **state)
{
    (void)state;
    write_file("a.conf", GOOD);
    assert_int_equal(chmod(path_of("a.conf"), 0666), 0);
    assert_null(portals_load(folder));
    assert_int_equal(chmod(path_of("a.conf"), 0664), 0);
    assert_null(portals_load(folder));
}

static void absent_folder_is_an_empty_list(void **state)
{
    (void)state;
    struct portals *portals = portals_load("/nonexistent/portals");
    assert_non_null(portals);
    assert_null(portals_find(portals, "https://portal.piradi.test"));
    portals_free(&portals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_only_the_same_bytes, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(permissions_and_keys, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(one_wrong_file_fails_the_list, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_reason_names_file_and_line, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(file_that_others_may_write_is_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test(absent_folder_is_an_empty_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
