/* A new value for a key's PIN. */
#ifndef PIRADI_WORKER_NEW_PIN_H
#define PIRADI_WORKER_NEW_PIN_H

#include <p11-kit/pkcs11.h>

#include "agent/worker/key.h"
#include "base/must_use.h"
#include "base/secret.h"
#include "base/status.h"

/*
 * Authorized by the PIN itself, or by the transport PIN while that holds; or by the PUK. PIN_WRONG
 * with *tries_left, at least 1, PIN_BLOCKED and PUK_BLOCKED are of what authorizes it; PIN_LENGTH
 * of either. The secrets are wiped in any case. The key's session is another one afterwards.
 */
enum status new_pin_by_pin(CK_FUNCTION_LIST *module, struct key *key, struct secret *old_pin,
                           struct secret *new_pin, unsigned *tries_left) MUST_USE;
enum status new_pin_by_puk(CK_FUNCTION_LIST *module, struct key *key, struct secret *puk,
                           struct secret *new_pin, unsigned *tries_left) MUST_USE;

#endif
