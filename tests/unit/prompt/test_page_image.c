/* The picture of a page: refused before it is decoded, and decoded. */
#include <string.h>

#include "agent/prompt/page_image.h"
#include "tests/unit/cmocka_all.h"

/* 1 by 1 pixel, grey, 8 bits. */
static const uint8_t one_pixel[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78,
    0x9C, 0x63, 0xF8, 0x0F, 0x00, 0x01, 0x01, 0x01, 0x00, 0xB1, 0x38, 0xF6, 0x14, 0x00,
    0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
};

#define AT_WIDTH 16
#define AT_HEIGHT 20
#define AT_DEPTH 24
#define AT_DATA 41
#define HEADER_SIZE 25

static bool allowed_with(size_t at, uint32_t value, size_t bytes)
{
    uint8_t png[sizeof one_pixel];
    memcpy(png, one_pixel, sizeof png);
    for (size_t i = 0; i < bytes; i++) {
        png[at + i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    }
    return page_image_is_allowed(png, sizeof png);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    assert_true(allowed_with(AT_WIDTH, 1, 4));
    assert_true(allowed_with(AT_WIDTH, PAGE_IMAGE_SIDE_MAX, 4));
    assert_false(allowed_with(AT_WIDTH, PAGE_IMAGE_SIDE_MAX + 1, 4));
    assert_false(allowed_with(AT_WIDTH, 0, 4));
    assert_false(allowed_with(AT_HEIGHT, PAGE_IMAGE_SIDE_MAX + 1, 4));
    assert_false(allowed_with(AT_HEIGHT, 0, 4));
    assert_false(allowed_with(AT_HEIGHT, UINT32_MAX, 4));
    assert_false(allowed_with(AT_DEPTH, 16, 1));
}

static void other_formats_are_refused(void **state)
{
    (void)state;
    assert_false(allowed_with(0, 0xFF, 1));
    assert_false(allowed_with(12, 0x49444154, 4)); /* IDAT first */
    assert_false(page_image_is_allowed(one_pixel, 0));
    for (size_t size = 0; size < HEADER_SIZE; size++) {
        assert_false(page_image_is_allowed(one_pixel, size));
    }
}

static void a_picture_is_decoded(void **state)
{
    (void)state;
    GdkTexture *texture = page_image_decode(one_pixel, sizeof one_pixel);
    assert_non_null(texture);
    assert_int_equal(gdk_texture_get_width(texture), 1);
    assert_int_equal(gdk_texture_get_height(texture), 1);
    g_object_unref(texture);
}

static void a_damaged_picture_is_refused(void **state)
{
    (void)state;
    uint8_t png[sizeof one_pixel];
    memcpy(png, one_pixel, sizeof png);
    memset(png + AT_DATA, 0, 6);
    assert_null(page_image_decode(png, sizeof png));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(other_formats_are_refused),
        cmocka_unit_test(a_picture_is_decoded),
        cmocka_unit_test(a_damaged_picture_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
