#include "agent/prompt/page_image.h"

#include <string.h>

#include "base/buffer.h"

#define IHDR_SIZE 13

bool page_image_is_allowed(const uint8_t *bytes, size_t size)
{
    static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    struct reader reader = reader_of(bytes, size);
    const uint8_t *start;
    const uint8_t *type;
    uint32_t length;
    uint32_t width;
    uint32_t height;
    uint8_t depth;
    return get_bytes_direct(&reader, sizeof signature, &start) &&
           memcmp(start, signature, sizeof signature) == 0 && get_u32(&reader, &length) &&
           length == IHDR_SIZE && get_bytes_direct(&reader, 4, &type) &&
           memcmp(type, "IHDR", 4) == 0 && get_u32(&reader, &width) && get_u32(&reader, &height) &&
           get_u8(&reader, &depth) && width >= 1 && width <= PAGE_IMAGE_SIDE_MAX && height >= 1 &&
           height <= PAGE_IMAGE_SIDE_MAX && depth == 8;
}

GdkTexture *page_image_decode(const uint8_t *bytes, size_t size)
{
    if (!page_image_is_allowed(bytes, size)) {
        return NULL;
    }
    GBytes *png = g_bytes_new(bytes, size);
    GdkTexture *texture = gdk_texture_new_from_bytes(png, NULL);
    g_bytes_unref(png);
    return texture;
}
