/* Who made a signature, of whatever format, and may they? */
#ifndef PIRADI_SIGNER_H
#define PIRADI_SIGNER_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "certs/trust.h"
#include "letters/rule.h"

/*
 * May the certificate sign letters, and does somebody we trust stand behind it at that time?
 * RULE_NONE, or the first rule that it breaks. `others` may be NULL (certs/trust.h).
 */
enum rule signer_check(const struct trust *trust, X509 *certificate, const STACK_OF(X509) * others,
                       time_t at) MUST_USE;

#endif
