/* A trusted list, as its address gives it. No input is signed rightly. */
#include <stdlib.h>

#include "certs/list.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen_trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static STACK_OF(X509) * operators;
    const struct revocation_question *specimen = specimen_question();
    const char *why = NULL;
    if (operators == NULL && ((operators = sk_X509_new_null()) == NULL ||
                              sk_X509_push(operators, specimen->certificate) <= 0)) {
        abort();
    }
    if (list_read(bytes, size, operators, specimen->now, &why) != NULL || why == NULL) {
        abort();
    }
    return 0;
}
