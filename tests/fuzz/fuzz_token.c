/* A login token, as a page sends it to a portal. No input is signed rightly. */
#include <stdlib.h>

#include "certs/token.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen_trust.h"

#define AT 1795000000

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct subject citizen;
    const char *detail = NULL;
    struct token_rules rules = {
        .trust = specimen_trust(),
        .origin = "https://portal.piradi.test",
        .nonce = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        .at = AT,
    };
    json_t *token = token_parse(bytes, size);
    if (token != NULL && token_verify(token, &rules, &citizen, &detail) == STATUS_OK) {
        abort();
    }
    json_decref(token);
    return 0;
}
