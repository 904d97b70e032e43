#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

/* RFC 4648, section 10. */
static void vectors_of_the_standard(void **state)
{
    (void)state;
    static const char *const vectors[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const char *plain = vectors[i][0];
        char *text = base64_encode((const uint8_t *)plain, strlen(plain));
        assert_string_equal(text, vectors[i][1]);
        free(text);

        size_t size = 99;
        uint8_t *bytes = base64_decode(vectors[i][1], &size);
        assert_non_null(bytes);
        assert_int_equal(size, strlen(plain));
        assert_memory_equal(bytes, plain, size);
        free(bytes);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "=",     "==",   "Zg",   "Zg=",  "Zg===", "Z===",  "Zg==Zg==",  "Zm9v\n",
        " Zm9v", "Zm-v", "Zm_v", "====", "Z=g=",  "Zm9vZ", "\xc3\xa9Zm"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t size = 99;
        assert_null(base64_decode(wrong[i], &size));
        assert_int_equal(size, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_standard),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
