#include "tests/fuzz/specimen_trust.h"

#include <stdlib.h>

#include "tests/unit/certs/pki.h"

static struct pki pki;
static struct trust *trust;

static void make(void)
{
    if (trust == NULL) {
        pki_make(&pki, "P-256");
        trust = trust_load(pki.folder);
        pki_remove_folder(&pki);
    }
    if (trust == NULL) {
        abort();
    }
}

const struct trust *specimen_trust(void)
{
    make();
    return trust;
}

const struct revocation_question *specimen_question(void)
{
    static struct revocation_question question;
    make();
    question = (struct revocation_question){.certificate = pki.login.certificate,
                                            .issuer = pki.login_ca.certificate,
                                            .at = PKI_NOW,
                                            .now = PKI_NOW,
                                            .rules = &revocation_rules_default};
    return &question;
}
