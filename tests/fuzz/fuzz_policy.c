/* A certificate, as a card or a message gives it: all that is read of it, and what is thought of
 * it. No input is signed rightly. */
#include <stdlib.h>

#include "certs/certificate.h"
#include "certs/services.h"
#include "certs/subject.h"
#include "certs/validation.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen_trust.h"

static void judge(X509 *certificate)
{
    const struct revocation_question *specimen = specimen_question();
    const struct validator validator = {.trust = specimen_trust()};
    const struct validation_question question = {.certificate = certificate,
                                                 .revocation = specimen->rules,
                                                 .purpose = TRUST_LOGIN,
                                                 .at = specimen->at,
                                                 .now = specimen->now};
    struct validation validation;
    if (validation_run(&validator, &question, &validation) == STATUS_OK) {
        abort();
    }
    validation_clear(&validation);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct services services;
    struct subject subject;
    X509 *certificate = certificate_from_der(bytes, size);
    if (certificate == NULL) {
        return 0;
    }
    for (int kind = SERVICE_OCSP; kind <= SERVICE_DELTA; kind++) {
        services_read(certificate, (enum service_kind)kind, &services);
    }
    if (subject_read(certificate, &subject) && subject.name[0] == '\0') {
        abort();
    }
    if (certificate_is_sound(certificate)) {
        judge(certificate);
    }
    X509_free(certificate);
    return 0;
}
