#include "portal/random_hex.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "base/log.h"

bool random_hex(char *text, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char random[RANDOM_HEX_BYTES_MAX];
    if (bytes > sizeof random || RAND_bytes(random, (int)bytes) != 1) {
        log_error("no random numbers");
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        text[2 * i] = digits[random[i] >> 4];
        text[2 * i + 1] = digits[random[i] & 15];
    }
    text[2 * bytes] = '\0';
    OPENSSL_cleanse(random, sizeof random);
    return true;
}
