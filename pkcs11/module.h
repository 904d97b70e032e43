/*
 * The module as a whole: whether it is initialised, and the way in and out of each C_ function.
 * Those stand in the files c_*.c, as thin as they can be: come in, look up, do, go out.
 *
 * Standard: PKCS #11 Cryptographic Token Interface Base Specification, version 2.40 (OASIS, 2015),
 * section 5, and for what is newer version 3.0 (OASIS, 2020). A process that forked begins
 * uninitialised (5.4).
 */
#ifndef PIRADI_PKCS11_MODULE_H
#define PIRADI_PKCS11_MODULE_H

#include <p11-kit/pkcs11.h>

#include "base/must_use.h"
#include "pkcs11/cryptoki3.h"
#include "pkcs11/device.h"
#include "pkcs11/session.h"
#include "pkcs11/slots.h"
#include "pkcs11/token.h"

/* Marks what the version script exports. */
#define MODULE_EXPORT __attribute__((visibility("default")))

CK_RV module_initialize(const CK_C_INITIALIZE_ARGS *arguments) MUST_USE;
/* Wakes who waits for events, waits for the calls of other threads, frees everything. */
CK_RV module_finalize(void) MUST_USE;

/* CKR_CRYPTOKI_NOT_INITIALIZED, or OK, and then module_leave must follow. */
CK_RV module_enter(void) MUST_USE;
void module_leave(void);
/* Between the two. */
struct slots *module_slots(void);

/* module_enter, and the slot's device entered. `token` may have no PIN: then there is no card, or
 * none that has a second PIN. */
CK_RV module_enter_slot(CK_SLOT_ID slot, struct token **token) MUST_USE;
/* The same, for a slot whose card has been opened and has this token. */
CK_RV module_enter_token(CK_SLOT_ID slot, struct token **token) MUST_USE;
CK_RV module_enter_session(CK_SESSION_HANDLE handle, struct session **session) MUST_USE;
/* The way out of all three; passes rv on. */
CK_RV module_leave_device(struct device *device, CK_RV rv) MUST_USE;
/* All that a function of a session does which the card cannot do: rv, if there is that session. */
CK_RV module_refuse(CK_SESSION_HANDLE handle, CK_RV rv) MUST_USE;

/* What C_SignInit and its like do without a mechanism: end the operation in progress.
 * CKR_ARGUMENTS_BAD if none is. */
CK_RV module_cancel(struct session *session, const struct operation *operation,
                    CK_FLAGS flag) MUST_USE;

/* An application's PIN into memory for secrets, which the caller frees. CKR_ARGUMENTS_BAD,
 * CKR_HOST_MEMORY, CKR_PIN_LEN_RANGE. */
CK_RV module_take_pin(const unsigned char *pin, CK_ULONG size, struct secret **secret) MUST_USE;
/* For an application that gives no PIN: CKR_OK if the reader has a pad that verifies, or modifies,
 * and CKR_ARGUMENTS_BAD otherwise. */
CK_RV module_find_pad(struct device *device, bool modifies) MUST_USE;

/* PKCS #11 fills its texts with blanks, without a NUL; a UTF-8 character is not cut. */
void module_put_text(unsigned char *field, size_t size, const char *text);

/* The usual end of a C_ function with a variable output: tells the size, or that there is no room,
 * or copies. */
CK_RV module_put_output(const void *bytes, size_t size, unsigned char *output,
                        CK_ULONG *output_size) MUST_USE;

#endif
