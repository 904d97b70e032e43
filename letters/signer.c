#include "letters/signer.h"

enum rule signer_check(const struct trust *trust, X509 *certificate, const STACK_OF(X509) * others,
                       time_t at)
{
    if (trust_check_use(certificate, TRUST_SIGN) != STATUS_OK) {
        return RULE_SIGNER_USE;
    }
    switch (trust_check_chain(trust, certificate, others, at)) {
    case STATUS_OK:
        return RULE_NONE;
    case STATUS_CERTIFICATE_EXPIRED:
        return RULE_SIGNER_EXPIRED;
    case STATUS_INTERNAL:
        return RULE_INTERNAL;
    default:
        return RULE_SIGNER_UNTRUSTED;
    }
}
