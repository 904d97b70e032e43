#include "base/base64.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define ENCODE_MAX (1U << 30)

char *base64_encode(const uint8_t *bytes, size_t size)
{
    if (size > ENCODE_MAX) {
        return NULL;
    }
    char *text = malloc((size + 2) / 3 * 4 + 1);
    if (text != NULL) {
        EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    }
    return text;
}

static size_t padding_of(const char *text, size_t length)
{
    if (length < 2 || text[length - 1] != '=') {
        return 0;
    }
    return text[length - 2] == '=' ? 2 : 1;
}

/* EVP_DecodeBlock forgives white space at both ends and '=' anywhere; the alphabet alone decides
 * here. */
static int is_strict(const char *text, size_t length, size_t padding)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return length % 4 == 0 && length <= INT_MAX && strspn(text, alphabet) == length - padding;
}

uint8_t *base64_decode(const char *text, size_t *size)
{
    size_t length = strlen(text);
    size_t padding = padding_of(text, length);
    if (!is_strict(text, length, padding)) {
        return NULL;
    }
    uint8_t *bytes = malloc(length / 4 * 3 + 1);
    if (bytes == NULL) {
        return NULL;
    }
    if (length > 0 && EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length) < 0) {
        free(bytes);
        return NULL;
    }
    *size = length / 4 * 3 - padding;
    return bytes;
}
