#include "letters/byte_range.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

/* Ten bytes, a gap of six, four bytes. */
static const uint8_t file[] = "0123456789<0aFF>tail";
#define FILE_SIZE (sizeof file - 1)

static bool read_range(long long a, long long b, long long c, long long d)
{
    const long long numbers[] = {a, b, c, d};
    struct byte_range range = {.end = 99};
    bool ok = byte_range_read(numbers, file, FILE_SIZE, &range);
    assert_true(ok || range.end == 99);
    return ok;
}

static void a_right_range_is_read(void **state)
{
    (void)state;
    assert_true(read_range(0, 10, 16, 4));
    assert_true(read_range(0, 10, 16, 1));
}

static void wrong_ranges_are_refused(void **state)
{
    (void)state;
    assert_false(read_range(1, 10, 16, 4));
    assert_false(read_range(0, 0, 16, 4));
    assert_false(read_range(0, 9, 16, 4));
    assert_false(read_range(0, 10, 15, 5));
    assert_false(read_range(0, 10, 17, 3));
    assert_false(read_range(0, 10, 10, 10));
    assert_false(read_range(0, 16, 10, 4));
    assert_false(read_range(0, 10, 16, 5));
    assert_false(read_range(0, 10, 16, 0));
    assert_false(read_range(0, 10, 16, -1));
    assert_false(read_range(0, 10, 21, 1));
    assert_false(read_range(0, -1, 16, 4));
    assert_false(read_range(0, 10, 16, 0x7fffffffffffffffLL));
    assert_false(read_range(0, 10, 0x7fffffffffffffffLL, 4));
}

static void the_gap_holds_an_even_number_of_hex_digits(void **state)
{
    (void)state;
    static const uint8_t odd[] = "<0aF>tail";
    static const uint8_t space[] = "x<0a F>tail";
    struct byte_range range;
    const long long numbers[] = {0, 1, 7, 4};
    assert_false(byte_range_read(numbers, space, sizeof space - 1, &range));
    const long long shifted[] = {0, 1, 5, 4};
    assert_false(byte_range_read(shifted, odd, sizeof odd - 1, &range));
}

static void contents_and_digest(void **state)
{
    (void)state;
    const struct byte_range range = {.gap_at = 10, .gap_end = 16, .end = FILE_SIZE};
    size_t size;
    uint8_t *contents = byte_range_contents(&range, file, &size);
    assert_non_null(contents);
    assert_int_equal(size, 2);
    assert_memory_equal(contents, "\x0A\xFF", 2);
    free(contents);
    uint8_t digest[EVP_MAX_MD_SIZE];
    uint8_t expected[EVP_MAX_MD_SIZE];
    assert_true(byte_range_digest(&range, file, EVP_sha256(), digest));
    assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, "0123456789tail", 14, expected, NULL), 1);
    assert_memory_equal(digest, expected, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_range_is_read),
        cmocka_unit_test(wrong_ranges_are_refused),
        cmocka_unit_test(the_gap_holds_an_even_number_of_hex_digits),
        cmocka_unit_test(contents_and_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
