#include "pkcs11/pss.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#define TRAILER 0xBC

static const uint8_t zeros[8];

/* XORs MGF1 (B.2.1) of the seed into the bytes. */
static bool mask(const EVP_MD *md, const uint8_t *seed, size_t seed_size, uint8_t *bytes,
                 size_t size)
{
    uint8_t block[EVP_MAX_MD_SIZE];
    unsigned block_size = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL;
    for (size_t at = 0, counter = 0; done && at < size; at += block_size, counter++) {
        const uint8_t number[] = {0, 0, (uint8_t)(counter >> 8), (uint8_t)counter};
        done = EVP_DigestInit_ex2(context, md, NULL) == 1 &&
               EVP_DigestUpdate(context, seed, seed_size) == 1 &&
               EVP_DigestUpdate(context, number, sizeof number) == 1 &&
               EVP_DigestFinal_ex(context, block, &block_size) == 1;
        for (size_t i = 0; done && i < block_size && at + i < size; i++) {
            bytes[at + i] ^= block[i];
        }
    }
    EVP_MD_CTX_free(context);
    return done;
}

/* H = Hash(eight zeros || digest || salt), step 6. */
static bool hash(const EVP_MD *md, const uint8_t *digest, size_t size, const uint8_t *salt,
                 size_t salt_size, uint8_t *out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL && EVP_DigestInit_ex2(context, md, NULL) == 1 &&
                EVP_DigestUpdate(context, zeros, sizeof zeros) == 1 &&
                EVP_DigestUpdate(context, digest, size) == 1 &&
                EVP_DigestUpdate(context, salt, salt_size) == 1 &&
                EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

/* EM = DB masked || H || BC, with DB = zeros || 01 || salt. A modulus of whole bytes has one bit
 * more than EM, which is therefore the first one, and zero. */
static bool pad(const EVP_MD *md, const uint8_t *digest, size_t size, size_t salt_size, uint8_t *em,
                size_t em_size)
{
    size_t db_size = em_size - size - 1;
    uint8_t *salt = em + db_size - salt_size;
    memset(em, 0, db_size);
    if (RAND_bytes(salt, (int)salt_size) != 1 ||
        !hash(md, digest, size, salt, salt_size, em + db_size)) {
        return false;
    }
    salt[-1] = 0x01;
    em[em_size - 1] = TRAILER;
    if (!mask(md, em + db_size, size, em, db_size)) {
        return false;
    }
    em[0] &= 0x7F;
    return true;
}

CK_RV pss_put_padded(const struct pss *pss, size_t modulus_size, const uint8_t *digest, size_t size,
                     struct buffer *out)
{
    size_t before = out->size;
    EVP_MD *md = EVP_MD_fetch(NULL, pss->digest, NULL);
    CK_RV rv = CKR_OK;
    if (md == NULL) {
        return CKR_HOST_MEMORY;
    }
    if (size != (size_t)EVP_MD_get_size(md)) {
        rv = CKR_DATA_LEN_RANGE;
    } else if (size + pss->salt_size + 2 > modulus_size) {
        rv = CKR_KEY_SIZE_RANGE;
    } else {
        uint8_t *em = put_space(out, modulus_size);
        if (em == NULL || !pad(md, digest, size, pss->salt_size, em, modulus_size)) {
            out->size = before;
            rv = CKR_HOST_MEMORY;
        }
    }
    EVP_MD_free(md);
    return rv;
}
