/* Who made a signature, of whatever format, and might they? */
#ifndef PIRADI_SIGNER_H
#define PIRADI_SIGNER_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "certs/evidence.h"
#include "certs/trust.h"
#include "letters/rule.h"

struct signer_question {
    const struct trust *trust;
    X509 *certificate;
    const STACK_OF(X509) * others;   /* that came with the signature */
    const STACK_OF(X509) * carried;  /* that the document carries beside it; may be NULL */
    const struct evidence *evidence; /* of revocation, the same; may be NULL */
    bool is_proven;                  /* the signature existed */
    time_t at;                       /* at this time; the present unless proven */
    time_t now;
};

/*
 * Might the certificate sign letters then, and did somebody we trust stand behind it? RULE_NONE, or
 * the first rule that it breaks. Nothing is fetched: *is_known becomes whether the evidence tells
 * that it was not revoked, and without any it passes.
 */
enum rule signer_check(const struct signer_question *question, bool *is_known) MUST_USE;

#endif
