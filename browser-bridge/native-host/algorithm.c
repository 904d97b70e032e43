#include "browser-bridge/native-host/algorithm.h"

#include <stdio.h>
#include <string.h>

static const struct {
    char prefix[3];
    const char *algorithm;
    const char *padding;
} schemes[] = {
    {"ES", "ECC", "NONE"},
    {"PS", "RSA", "PSS"},
    {"RS", "RSA", "PKCS1.5"},
};

static const char *const sizes[] = {"256", "384", "512"};

static json_t *describe(const char *name, const char *size)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncmp(name, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) {
            return json_pack("{s:s, s:s+, s:s}", "cryptoAlgorithm", schemes[i].algorithm,
                             "hashFunction", "SHA-", size, "paddingScheme", schemes[i].padding);
        }
    }
    return NULL;
}

json_t *algorithm_of(const char *name)
{
    for (size_t i = 0; strlen(name) > 2 && i < sizeof sizes / sizeof *sizes; i++) {
        if (strcmp(name + 2, sizes[i]) == 0) {
            return describe(name, sizes[i]);
        }
    }
    return NULL;
}

json_t *algorithms_of(const char *name)
{
    json_t *known = algorithm_of(name);
    json_t *list = known != NULL ? json_array() : NULL;
    json_decref(known);
    for (size_t i = 0; list != NULL && i < sizeof sizes / sizeof *sizes; i++) {
        if (json_array_append_new(list, describe(name, sizes[i])) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}
