#include "tests/fuzz/specimen_trust.h"

#include <stdlib.h>

#include "tests/unit/certs/pki.h"

const struct trust *specimen_trust(void)
{
    static struct trust *trust;
    struct pki pki;
    if (trust == NULL) {
        pki_make(&pki, "P-256");
        trust = trust_load(pki.folder);
        pki_remove(&pki);
    }
    if (trust == NULL) {
        abort();
    }
    return trust;
}
