/*
 * Status to PKCS#11's CK_RV and back: the module answers with the first, the worker understands
 * with the second. Where PKCS#11 (OASIS, version 2.40, section 5) has no code of its own for a row,
 * two vendor codes stand in.
 */
#ifndef PIRADI_CKR_H
#define PIRADI_CKR_H

#include <p11-kit/pkcs11.h>

#include "base/status.h"

/* Vendor space of ours: "GE" after the vendor bit. */
#define CKR_PIRADI_CARD_BUSY (CKR_VENDOR_DEFINED | 0x47450001UL)
#define CKR_PIRADI_CARD_CONTACTLESS (CKR_VENDOR_DEFINED | 0x47450002UL)

/*
 * Vendor attributes of a key object, public or private, about the key's PIN; PKCS#11 itself knows
 * only flags. Arrays of CK_ULONG; CK_UNAVAILABLE_INFORMATION where the card does not tell.
 *
 * PIN_TRIES_LEFT: one, read afresh from the card: how many tries the PIN has left.
 * PIN_RULES: four: its least and its most digits; 1 if the holder has set it, 0 while it is still
 * the transport PIN; 1 if it is typed on the reader's own keys.
 * UNBLOCKING: three: the least and the most digits of what gives the PIN a value when it cannot do
 * so itself, the transport PIN while that holds and the PUK afterwards; and, read afresh from the
 * card, the tries left of that.
 */
#define CKA_PIRADI_PIN_TRIES_LEFT (CKA_VENDOR_DEFINED | 0x47450001UL)
#define CKA_PIRADI_PIN_RULES (CKA_VENDOR_DEFINED | 0x47450002UL)
#define CKA_PIRADI_UNBLOCKING (CKA_VENDOR_DEFINED | 0x47450003UL)

CK_RV ckr_from_status(enum status status);

/* STATUS_INTERNAL for a CK_RV that says nothing a person could act on. */
enum status status_from_ckr(CK_RV rv);

#endif
