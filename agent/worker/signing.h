/* One use of a PIN: for a signature, from the log-in to the log-out, or for a new value of itself.
 */
#ifndef PIRADI_WORKER_SIGNING_H
#define PIRADI_WORKER_SIGNING_H

#include <p11-kit/pkcs11.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/worker/key.h"
#include "base/must_use.h"
#include "base/secret.h"
#include "base/status.h"

#define SIGNATURE_MAX 1024 /* bytes: RSA of 8192 bits */

struct signature {
    uint8_t bytes[SIGNATURE_MAX];
    size_t size;
};

/*
 * Signs the digest. STATUS_OK and the signature; PIN_WRONG with *tries_left, at least 1;
 * PIN_BLOCKED; or what the card answered. A key whose PIN is typed on the reader needs none here.
 * The PIN is wiped in any case, and the card's PIN state ends with this call.
 */
enum status sign_digest(CK_FUNCTION_LIST *module, const struct key *key,
                        const struct algorithm_use *use, struct secret *pin,
                        struct signature *signature, unsigned *tries_left) MUST_USE;

#endif
