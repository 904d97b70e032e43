/*
 * EMSA-PSS (RFC 8017, 9.1.1) for cards that sign what has been padded: OpenSSL 3 pads only together
 * with a key of its own. The digests and the salt are OpenSSL's.
 */
#ifndef PIRADI_PKCS11_PSS_H
#define PIRADI_PKCS11_PSS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/must_use.h"
#include "pkcs11/mechanism.h"

/* Appends the padded number, as many bytes as the modulus has. CKR_DATA_LEN_RANGE if this is not a
 * digest of the parameters' kind; CKR_KEY_SIZE_RANGE if it does not fit with this salt. */
CK_RV pss_put_padded(const struct pss *pss, size_t modulus_size, const uint8_t *digest, size_t size,
                     struct buffer *out) MUST_USE;

#endif
