#include "tests/card/apdu.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

struct form {
    const char *name;
    uint8_t bytes[16];
    size_t size;
    size_t data_at; /* 0: no data field */
    size_t data_size;
    size_t ne;
    bool maximum;
};

static const struct form forms[] = {
    {"1", {0, 0xA4, 0, 0x0C}, 4, 0, 0, 0, false},
    {"2 short", {0, 0xB0, 0, 0, 0x10}, 5, 0, 0, 16, false},
    {"2 short, all", {0, 0xB0, 0, 0, 0}, 5, 0, 0, 256, true},
    {"3 short", {0, 0x20, 0, 0, 2, 7, 8}, 7, 5, 2, 0, false},
    {"4 short", {0, 0xA4, 0, 0, 2, 7, 8, 0xFF}, 8, 5, 2, 255, false},
    {"4 short, all", {0, 0xA4, 0, 0, 2, 7, 8, 0}, 8, 5, 2, 256, true},
    {"2 extended", {0, 0xB0, 0, 0, 0, 0x01, 0x02}, 7, 0, 0, 258, false},
    {"2 extended, all", {0, 0xB0, 0, 0, 0, 0, 0}, 7, 0, 0, 65536, true},
    {"3 extended", {0, 0x20, 0, 0, 0, 0, 2, 7, 8}, 9, 7, 2, 0, false},
    {"4 extended", {0, 0x2A, 0, 0, 0, 0, 2, 7, 8, 1, 0}, 11, 7, 2, 256, false},
    {"4 extended, all", {0, 0x2A, 0, 0, 0, 0, 2, 7, 8, 0, 0}, 11, 7, 2, 65536, true},
};

static void test_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct form *form = &forms[i];
        struct apdu apdu;
        print_message("case %s\n", form->name);
        assert_true(apdu_parse(form->bytes, form->size, &apdu));
        assert_int_equal(apdu.ins, form->bytes[1]);
        assert_int_equal(apdu.p2, form->bytes[3]);
        assert_int_equal(apdu.data_size, form->data_size);
        assert_ptr_equal(apdu.data, form->data_at > 0 ? form->bytes + form->data_at : NULL);
        assert_int_equal(apdu.ne, form->ne);
        assert_int_equal(apdu.ne_is_maximum, form->maximum);
    }
}

static void test_lengths_that_do_not_fit(void **state)
{
    static const struct {
        uint8_t bytes[12];
        size_t size;
    } wrong[] = {
        {{0}, 0},
        {{0, 0xA4, 0}, 3},
        {{0, 0x20, 0, 0, 3, 1, 2}, 7},
        {{0, 0x20, 0, 0, 1, 1, 2, 3}, 8},
        {{0, 0x20, 0, 0, 0, 1}, 6},
        {{0, 0x20, 0, 0, 0, 0, 3, 1, 2}, 9},
        {{0, 0x20, 0, 0, 0, 0, 2, 1, 2, 3}, 10},
        {{0, 0x20, 0, 0, 0, 0, 2, 1, 2, 3, 4, 5}, 12},
        {{0, 0x20, 0, 0, 0, 0, 0, 1}, 8},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct apdu apdu;
        memset(&apdu, 0x5A, sizeof apdu);
        struct apdu before = apdu;
        assert_false(apdu_parse(wrong[i].bytes, wrong[i].size, &apdu));
        assert_memory_equal(&apdu, &before, sizeof apdu);
    }
}

/* On a heap block of just that size, so that the sanitizer sees a byte too far. */
static void test_every_prefix_is_read_within_its_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        for (size_t size = 1; size <= forms[i].size; size++) {
            struct apdu apdu;
            uint8_t *copy = malloc(size);
            assert_non_null(copy);
            memcpy(copy, forms[i].bytes, size);
            if (apdu_parse(copy, size, &apdu) && apdu.data != NULL) {
                assert_in_range((size_t)(apdu.data - copy) + apdu.data_size, 0, size);
            }
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form),
        cmocka_unit_test(test_lengths_that_do_not_fit),
        cmocka_unit_test(test_every_prefix_is_read_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
