/* The JSON bodies of POSTs. */
#include <string.h>

#include "browser-bridge/fields.h"
#include "tests/bridge/fuzz/fuzz.h"

const char *const fuzz_seeds[] = {
    "{\"document\":\"0123456789abcdef0123456789abcdef\",\"name\":\"a.pdf\"}",
    "{\"name\":\"\\u10d0\\ud83d\\ude00\",\"document\":\"\"}",
    NULL,
};
const int fuzz_seeds_are_messages = 0;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const names[] = {"document", "name", NULL};
    char wrong[FIELDS_WRONG_MAX] = "";
    json_t *fields = fields_parse(bytes, size, names, wrong);
    HOLDS((fields == NULL) == (wrong[0] != '\0'));
    if (fields != NULL) {
        HOLDS(json_object_size(fields) == 2);
        HOLDS(strlen(fields_text(fields, "name")) ==
              json_string_length(json_object_get(fields, "name")));
        HOLDS(strlen(fields_text(fields, "document")) <= size);
    }
    json_decref(fields);
    return 0;
}
