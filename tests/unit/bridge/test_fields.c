#include "browser-bridge/fields.h"

#include <string.h>

#include "tests/unit/cmocka_all.h"

static const char *const names[] = {"nonce", "name", NULL};

static json_t *parse(const char *text, char wrong[FIELDS_WRONG_MAX])
{
    return fields_parse((const uint8_t *)text, strlen(text), names, wrong);
}

static void test_takes_exactly_the_fields(void **state)
{
    char wrong[FIELDS_WRONG_MAX];
    (void)state;
    json_t *fields = parse("{\"name\": \"წერილი.pdf\", \"nonce\": \"abc\"}", wrong);
    assert_non_null(fields);
    assert_string_equal(fields_text(fields, "nonce"), "abc");
    assert_string_equal(fields_text(fields, "name"), "წერილი.pdf");
    json_decref(fields);
}

static void test_b16_refuses(void **state)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "\"nonce\"",
        "{}",
        "{\"nonce\":\"a\"}",
        "{\"nonce\":\"a\",\"name\":\"b\",\"origin\":\"https://evil.example\"}",
        "{\"nonce\":\"a\",\"nonce\":\"a\",\"name\":\"b\"}",
        "{\"nonce\":\"a\",\"name\":1}",
        "{\"nonce\":\"a\",\"name\":null}",
        "{\"nonce\":\"a\",\"name\":[\"b\"]}",
        "{\"nonce\":\"a\",\"name\":{\"b\":\"c\"}}",
        "{\"nonce\":\"a\",\"name\":\"b\"} x",
        "{\"nonce\":\"a\",\"name\":\"b\\u0000c\"}",
        "{\"nonce\":\"a\",\"name\":\"\\ud800\"}",
        "{\"nonce\":\"a\",\"name\":\"\xff\"}",
        "{\"nonce\":\"a\",\"name\":\"b\"",
        "{'nonce':'a','name':'b'}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char wrong[FIELDS_WRONG_MAX] = "";
        assert_null(parse(bad[i], wrong));
        assert_true(strlen(wrong) > 0);
    }
}

static void test_b16_depth(void **state)
{
    char text[16 * 1024];
    char wrong[FIELDS_WRONG_MAX] = "";
    (void)state;
    memset(text, '[', sizeof text);
    assert_null(fields_parse((const uint8_t *)text, sizeof text, names, wrong));
    assert_true(strlen(wrong) > 0);
}

static void test_names_the_field(void **state)
{
    char wrong[FIELDS_WRONG_MAX] = "";
    (void)state;
    assert_null(parse("{\"nonce\":\"a\"}", wrong));
    assert_non_null(strstr(wrong, "name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_exactly_the_fields),
        cmocka_unit_test(test_b16_refuses),
        cmocka_unit_test(test_b16_depth),
        cmocka_unit_test(test_names_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
