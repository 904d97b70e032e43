/* Somebody to trust, made anew for each process: no input can have been signed below it. */
#ifndef PIRADI_TESTS_FUZZ_SPECIMEN_TRUST_H
#define PIRADI_TESTS_FUZZ_SPECIMEN_TRUST_H

#include "certs/revocation.h"
#include "certs/trust.h"

/* Lent; never NULL. */
const struct trust *specimen_trust(void);

/* Was a citizen's certificate, with the serial number 1003, revoked? Lent; never NULL. */
const struct revocation_question *specimen_question(void);

#endif
