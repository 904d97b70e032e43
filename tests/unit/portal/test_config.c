#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portal/config.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/portal/support.h"

#define GOOD                                                                                       \
    "[portal]\n"                                                                                   \
    "origin = https://portal.piradi.test\n"                                                        \
    "listen = 127.0.0.1:8443\n"                                                                    \
    "certificate = /c\n"                                                                           \
    "key = /k\n"                                                                                   \
    "database = /d\n"                                                                              \
    "trust = /t\n"                                                                                 \
    "pages = /p\n"                                                                                 \
    "javascript = /j\n"                                                                            \
    "[body city-hall]\n"                                                                           \
    "name.ka = ნიმუშის მერია\n"                                            \
    "name.en = Specimen City Hall\n"

static struct config *load(void **state, const char *text)
{
    char *path = fixture_write(*state, "portal.conf", text, strlen(text));
    struct config *config = config_load(path);
    free(path);
    return config;
}

static void reads_every_key(void **state)
{
    struct config *config = load(state, GOOD);
    assert_non_null(config);
    assert_string_equal(config->origin, "https://portal.piradi.test");
    assert_string_equal(config->authority, "portal.piradi.test");
    const struct sockaddr_in *address = (const struct sockaddr_in *)&config->address;
    assert_int_equal(address->sin_family, AF_INET);
    assert_int_equal(ntohs(address->sin_port), 8443);
    assert_string_equal(config->key, "/k");
    assert_string_equal(config->javascript, "/j");
    assert_int_equal(config->body_count, 1);
    assert_string_equal(config_body(config, "city-hall")->name_ka, "ნიმუშის მერია");
    assert_null(config_body(config, "city-hal"));
    config_free(&config);
    assert_null(config);
}

static void takes_ipv6(void **state)
{
    static const char text[] = GOOD "[portal]\nlisten = [::1]:8443\n"; /* the last one counts */
    struct config *config = load(state, text);
    assert_non_null(config);
    assert_int_equal(config->address.ss_family, AF_INET6);
    config_free(&config);
}

static void takes_the_example(void **state)
{
    (void)state;
    struct config *config = config_load(PORTAL_EXAMPLE);
    assert_non_null(config);
    assert_int_equal(config->body_count, 3);
    config_free(&config);
}

static void refuses_what_is_wrong(void **state)
{
    static const char *const wrong[] = {
        GOOD "colour = red\n",
        GOOD "[portal]\nlisten = localhost:1\n",
        GOOD "[portal]\nlisten = 127.0.0.1\n",
        GOOD "[portal]\nlisten = 127.0.0.1:65536\n",
        GOOD "[portal]\nlisten = 127.0.0.1: 1\n",
        GOOD "[portal]\nlisten = [::1:443\n",
        GOOD "[portal]\norigin = http://portal.piradi.test\n",
        GOOD "[portal]\norigin = https://portal.piradi.test/\n",
        GOOD "[portal]\nkey = k\n",
        GOOD "[portal]\npassword = k\n",
        GOOD "[elsewhere]\nkey = /k\n",
        GOOD "[body City]\nname.ka = x\nname.en = x\n",
        GOOD "[body ]\nname.ka = x\nname.en = x\n",
        GOOD "[body only-georgian]\nname.ka = x\n",
        GOOD "nonsense\n",
        "[portal]\n",
        "",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(load(state, wrong[i]));
    }
}

static void refuses_a_missing_key(void **state)
{
    static const char *const keys[] = {"origin", "listen", "certificate", "key",    "database",
                                       "trust",  "pages",  "javascript",  "name.ka"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *text = strdup(GOOD);
        char mark[32];
        snprintf(mark, sizeof mark, "\n%s = ", keys[i]);
        char *line = strstr(text, mark);
        assert_non_null(line);
        line[1] = ';'; /* a comment now */
        assert_null(load(state, text));
        free(text);
    }
}

static void refuses_an_absent_file(void **state)
{
    (void)state;
    assert_null(config_load("/proc/portal.conf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_key),       cmocka_unit_test(takes_ipv6),
        cmocka_unit_test(takes_the_example),     cmocka_unit_test(refuses_what_is_wrong),
        cmocka_unit_test(refuses_a_missing_key), cmocka_unit_test(refuses_an_absent_file),
    };
    return cmocka_run_group_tests(tests, fixture_make, fixture_remove);
}
