#include "browser-bridge/hash.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

static const struct {
    const char *name;
    size_t size;
} functions[] = {{"SHA-256", 32}, {"SHA-384", 48}, {"SHA-512", 64}};

bool hash_is_of(const char *base64, const char *function)
{
    size_t size = 0;
    uint8_t *bytes = base64_decode(base64, &size);
    bool found = false;
    for (size_t i = 0; bytes != NULL && i < sizeof functions / sizeof *functions; i++) {
        found = found || (strcmp(functions[i].name, function) == 0 && functions[i].size == size);
    }
    free(bytes);
    return found;
}
