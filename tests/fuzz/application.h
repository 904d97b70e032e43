/*
 * An application that does with the module all that it can: lists, reads, logs in, signs, verifies,
 * and logs out, whatever the module says to each call.
 */
#ifndef PIRADI_TESTS_FUZZ_APPLICATION_H
#define PIRADI_TESTS_FUZZ_APPLICATION_H

#include <p11-kit/pkcs11.h>

/* From C_Initialize to C_Finalize. The first code that was not CKR_OK, or CKR_OK. */
CK_RV application_run(void);

#endif
