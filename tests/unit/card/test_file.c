#include "tests/card/file.h"

#include <string.h>

#include "tests/unit/cmocka_all.h"

/*
 * 3F00 ─┬─ 2F00 (sfi 30)
 *       ├─ 5015 "ABC" ─┬─ 5031
 *       │              └─ 5016 ── 0001
 *       └─ 0DF5 ── 0115
 */
struct tree {
    struct file *master;
    struct file *dir;
    struct file *application;
    struct file *odf;
    struct file *inner;
    struct file *leaf;
    struct file *signature;
};

static struct file *add(struct file *parent, enum file_kind kind, uint16_t id)
{
    struct file *file = file_new(kind, id);
    assert_non_null(file);
    assert_true(file_add(parent, file));
    return file;
}

static int plant(void **state)
{
    static struct tree tree;
    tree.master = file_new(FILE_DIRECTORY, FILE_MASTER);
    assert_non_null(tree.master);
    tree.dir = add(tree.master, FILE_TRANSPARENT, 0x2F00);
    tree.dir->sfi = 30;
    tree.dir->size = 0x0123;
    tree.application = add(tree.master, FILE_DIRECTORY, 0x5015);
    memcpy(tree.application->name, "ABC", 3);
    tree.application->name_size = 3;
    tree.odf = add(tree.application, FILE_TRANSPARENT, 0x5031);
    tree.inner = add(tree.application, FILE_DIRECTORY, 0x5016);
    tree.leaf = add(tree.inner, FILE_TRANSPARENT, 0x0001);
    tree.signature = add(tree.master, FILE_DIRECTORY, 0x0DF5);
    add(tree.signature, FILE_TRANSPARENT, 0x0115);
    *state = &tree;
    return 0;
}

static int fell(void **state)
{
    struct tree *tree = *state;
    file_free(&tree->master);
    assert_null(tree->master);
    file_free(&tree->master);
    return 0;
}

static void test_by_path(void **state)
{
    const struct tree *tree = *state;
    const uint8_t leaf[] = {0x50, 0x15, 0x50, 0x16, 0x00, 0x01};
    assert_ptr_equal(file_by_path(tree->master, leaf, sizeof leaf), tree->leaf);
    assert_ptr_equal(file_by_path(tree->application, leaf + 2, 4), tree->leaf);
    assert_ptr_equal(file_by_path(tree->master, leaf, 0), tree->master);
    assert_null(file_by_path(tree->master, leaf, 3));
    assert_null(file_by_path(tree->application, leaf, sizeof leaf));
}

static void test_by_identifier_reaches_parent_and_brothers(void **state)
{
    const struct tree *tree = *state;
    assert_ptr_equal(file_by_id(tree->application, 0x5031), tree->odf);
    assert_ptr_equal(file_by_id(tree->application, 0x5015), tree->application);
    assert_ptr_equal(file_by_id(tree->inner, 0x5015), tree->application);
    assert_ptr_equal(file_by_id(tree->application, 0x0DF5), tree->signature);
    assert_null(file_by_id(tree->application, 0x2F00));
    assert_null(file_by_id(tree->application, 0x0115));
    assert_null(file_by_id(tree->master, 0x5031));
}

static void test_by_name(void **state)
{
    const struct tree *tree = *state;
    assert_ptr_equal(file_by_name(tree->master, (const uint8_t *)"ABC", 3), tree->application);
    assert_ptr_equal(file_by_name(tree->master, (const uint8_t *)"A", 1), tree->application);
    assert_null(file_by_name(tree->master, (const uint8_t *)"ABCD", 4));
    assert_null(file_by_name(tree->master, (const uint8_t *)"B", 1));
}

static void test_by_short_identifier(void **state)
{
    const struct tree *tree = *state;
    assert_ptr_equal(file_child_by_sfi(tree->master, 30), tree->dir);
    assert_null(file_child_by_sfi(tree->master, 29));
    assert_null(file_child_by_sfi(tree->master, 0));
}

static void test_no_two_brothers_alike(void **state)
{
    const struct tree *tree = *state;
    struct file *same_id = file_new(FILE_TRANSPARENT, 0x2F00);
    struct file *same_sfi = file_new(FILE_TRANSPARENT, 0x2F01);
    assert_non_null(same_id);
    assert_non_null(same_sfi);
    same_sfi->sfi = 30;
    assert_false(file_add(tree->master, same_id));
    assert_false(file_add(tree->master, same_sfi));
    file_free(&same_id);
    file_free(&same_sfi);
}

static void test_within(void **state)
{
    const struct tree *tree = *state;
    assert_true(file_is_within(tree->leaf, tree->application));
    assert_true(file_is_within(tree->application, tree->application));
    assert_false(file_is_within(tree->signature, tree->application));
    assert_false(file_is_within(tree->master, tree->application));
}

static void test_control_parameters(void **state)
{
    const struct tree *tree = *state;
    static const uint8_t elementary[] = {0x62, 0x11, 0x80, 0x02, 0x01, 0x23, 0x82, 0x01, 0x01, 0x83,
                                         0x02, 0x2F, 0x00, 0x88, 0x01, 0xF0, 0x8A, 0x01, 0x05};
    static const uint8_t dedicated[] = {0x6F, 0x0F, 0x82, 0x01, 0x38, 0x83, 0x02, 0x50, 0x15,
                                        0x84, 0x03, 'A',  'B',  'C',  0x8A, 0x01, 0x05};
    struct buffer out;
    buffer_init(&out, 64);
    assert_true(file_put_control(tree->dir, 0x62, &out));
    assert_int_equal(out.size, sizeof elementary);
    assert_memory_equal(out.bytes, elementary, sizeof elementary);
    buffer_consume(&out, out.size);
    assert_true(file_put_control(tree->application, 0x6F, &out));
    assert_int_equal(out.size, sizeof dedicated);
    assert_memory_equal(out.bytes, dedicated, sizeof dedicated);
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_by_path, plant, fell),
        cmocka_unit_test_setup_teardown(test_by_identifier_reaches_parent_and_brothers, plant,
                                        fell),
        cmocka_unit_test_setup_teardown(test_by_name, plant, fell),
        cmocka_unit_test_setup_teardown(test_by_short_identifier, plant, fell),
        cmocka_unit_test_setup_teardown(test_no_two_brothers_alike, plant, fell),
        cmocka_unit_test_setup_teardown(test_within, plant, fell),
        cmocka_unit_test_setup_teardown(test_control_parameters, plant, fell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
