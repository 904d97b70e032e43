/*
 * Keys that nobody should believe, whoever certified them: RSA under 2048 or over 16384 bits, with
 * an even or small exponent (under 65537) or an even modulus, or with the fingerprint of the ROCA
 * library (CVE-2017-15361: all residues of the modulus lie in the group that 65537 generates);
 * elliptic curves other than P-256, P-384 and P-521 (NIST SP 800-186); every other kind.
 */
#ifndef PIRADI_KEY_STRENGTH_H
#define PIRADI_KEY_STRENGTH_H

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "base/must_use.h"

bool key_is_strong(const EVP_PKEY *key) MUST_USE;

/* ROCA's fingerprint. A sound modulus has it with a probability under 2^-27. */
bool modulus_has_roca_fingerprint(const BIGNUM *modulus) MUST_USE;

/* Whether this signature algorithm (an NID such as NID_sha256WithRSAEncryption) hashes with SHA-2
 * or SHA-3 of at least 256 bits. RSA-PSS is judged by its certificate's chain instead: true. */
bool signature_hash_is_strong(int nid) MUST_USE;

#endif
