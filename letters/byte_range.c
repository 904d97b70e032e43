#include "letters/byte_range.h"

#include <ctype.h>
#include <stdlib.h>

static bool is_hex_string(const uint8_t *bytes, uint64_t size)
{
    if (size < 2 || size % 2 != 0 || bytes[0] != '<' || bytes[size - 1] != '>') {
        return false;
    }
    for (uint64_t i = 1; i + 1 < size; i++) {
        if (!isxdigit(bytes[i])) {
            return false;
        }
    }
    return true;
}

bool byte_range_read(const long long numbers[4], const uint8_t *bytes, size_t size,
                     struct byte_range *range)
{
    if (numbers[0] != 0 || numbers[1] <= 0 || numbers[2] <= numbers[1] || numbers[3] <= 0 ||
        (unsigned long long)numbers[2] > size ||
        (unsigned long long)numbers[3] > size - (unsigned long long)numbers[2]) {
        return false;
    }
    struct byte_range read = {
        .gap_at = (uint64_t)numbers[1],
        .gap_end = (uint64_t)numbers[2],
        .end = (uint64_t)numbers[2] + (uint64_t)numbers[3],
    };
    if (!is_hex_string(bytes + read.gap_at, read.gap_end - read.gap_at)) {
        return false;
    }
    *range = read;
    return true;
}

static uint8_t nibble(uint8_t digit)
{
    return (uint8_t)(isdigit(digit) ? digit - '0' : tolower(digit) - 'a' + 10);
}

uint8_t *byte_range_contents(const struct byte_range *range, const uint8_t *bytes, size_t *size)
{
    const uint8_t *hex = bytes + range->gap_at + 1;
    size_t count = (size_t)(range->gap_end - range->gap_at - 2) / 2;
    uint8_t *contents = malloc(count > 0 ? count : 1);
    if (contents == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        contents[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    }
    *size = count;
    return contents;
}

bool byte_range_digest(const struct byte_range *range, const uint8_t *bytes, const EVP_MD *hash,
                       uint8_t *digest)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex2(context, hash, NULL) == 1 &&
              EVP_DigestUpdate(context, bytes, (size_t)range->gap_at) == 1 &&
              EVP_DigestUpdate(context, bytes + range->gap_end,
                               (size_t)(range->end - range->gap_end)) == 1 &&
              EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}
