#include "tests/card/hex.h"

#include <ctype.h>
#include <string.h>

static const char digits[] = "0123456789ABCDEF";

static bool digit_value(char digit, uint8_t *value)
{
    const char *found = digit != '\0' ? strchr(digits, toupper((unsigned char)digit)) : NULL;
    if (found == NULL) {
        return false;
    }
    *value = (uint8_t)(found - digits);
    return true;
}

bool hex_decode(const char *text, uint8_t *bytes, size_t room, size_t *size)
{
    size_t length = strlen(text);
    if (length % 2 != 0 || length / 2 > room) {
        return false;
    }
    for (size_t i = 0; i < length / 2; i++) {
        uint8_t high;
        uint8_t low;
        if (!digit_value(text[2 * i], &high) || !digit_value(text[2 * i + 1], &low)) {
            return false;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    *size = length / 2;
    return true;
}

void hex_encode(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0x0F];
    }
}
