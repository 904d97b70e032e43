/* An OCSP response, as a responder, a cache or a message gives it. No input is signed rightly. */
#include <stdlib.h>

#include "certs/revocation.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen_trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct revocation_question *question = specimen_question();
    struct evidence evidence = {0};
    if (evidence_add_ocsp(&evidence, bytes, size) ||
        evidence_add_ocsp_basic(&evidence, bytes, size)) {
        OCSP_REQUEST *asked = ocsp_ask(question);
        if (ocsp_judge(evidence.items[0].ocsp, asked, question).verdict != REVOCATION_IS_UNKNOWN ||
            revocation_judge(&evidence, question, NULL).verdict != REVOCATION_IS_UNKNOWN) {
            abort();
        }
        OCSP_REQUEST_free(asked);
    }
    evidence_clear(&evidence);
    return 0;
}
