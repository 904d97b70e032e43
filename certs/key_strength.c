#include "certs/key_strength.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <string.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384
#define RSA_EXPONENT_MIN 65537
#define ROCA_GENERATOR 65537

bool modulus_has_roca_fingerprint(const BIGNUM *modulus)
{
    /* Those of the first odd primes whose group is not the whole: the others tell nothing. */
    static const BN_ULONG primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                      79, 97, 103, 107, 109, 127, 151, 157};
    for (size_t i = 0; i < sizeof primes / sizeof *primes; i++) {
        BN_ULONG residue = BN_mod_word(modulus, primes[i]);
        BN_ULONG power = 1;
        bool found = false;
        do {
            found = found || power == residue;
            power = power * ROCA_GENERATOR % primes[i];
        } while (power != 1);
        if (!found) {
            return false;
        }
    }
    return true;
}

static bool rsa_is_strong(const EVP_PKEY *key)
{
    BIGNUM *modulus = NULL;
    BIGNUM *exponent = NULL;
    int bits = EVP_PKEY_get_bits(key);
    bool ok = bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX &&
              EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1 &&
              EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
    ok = ok && BN_is_odd(modulus) && BN_is_odd(exponent) &&
         (BN_num_bits(exponent) > 32 || BN_get_word(exponent) >= RSA_EXPONENT_MIN) &&
         !modulus_has_roca_fingerprint(modulus);
    BN_free(modulus);
    BN_free(exponent);
    return ok;
}

static bool curve_is_known(const EVP_PKEY *key)
{
    static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
    char curve[32];
    if (EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) != 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        if (strcmp(curve, curves[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool key_is_strong(const EVP_PKEY *key)
{
    if (key == NULL) {
        return false;
    }
    if (EVP_PKEY_is_a(key, "EC") == 1) {
        return curve_is_known(key);
    }
    return (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1) &&
           rsa_is_strong(key);
}

bool signature_hash_is_strong(int nid)
{
    int hash = NID_undef;
    if (nid == NID_rsassaPss) {
        return true;
    }
    if (OBJ_find_sigid_algs(nid, &hash, NULL) != 1) {
        return false;
    }
    switch (hash) {
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
    case NID_sha3_256:
    case NID_sha3_384:
    case NID_sha3_512:
        return true;
    default:
        return false;
    }
}
