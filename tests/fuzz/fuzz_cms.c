/*
 * A .p7s, the CMS in a PDF or a time-stamp, as the first byte says, and a time-stamping authority's
 * answer: none of them is good, as nobody trusted signed it.
 */
#include <stdlib.h>

#include "letters/cms_stamp.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen_trust.h"

#define AT 1795000000

static bool digest_nothing(const void *data, const EVP_MD *hash, uint8_t *digest)
{
    (void)data;
    return EVP_Digest("", 0, digest, NULL, hash, NULL) == 1;
}

static void look_at_cms(enum cms_kind kind, const uint8_t *bytes, size_t size)
{
    struct cms_signature signature;
    struct cms_stamps stamps;
    uint8_t digest[EVP_MAX_MD_SIZE] = {0};
    if (cms_signature_read(kind, bytes, size, &signature) != RULE_NONE) {
        return;
    }
    cms_check_stamps(&signature, specimen_trust(), AT, &stamps);
    if (cms_signature_check(&signature, digest) == RULE_NONE ||
        (stamps.count > 0 && stamps.rule == RULE_NONE)) {
        abort();
    }
    cms_signature_free(&signature);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct timestamp_request request = {.nonce = {1}};
    struct timestamp stamp;
    uint8_t *token;
    size_t token_size;
    if (size == 0) {
        return 0;
    }
    look_at_cms((enum cms_kind)(bytes[0] % (CMS_OF_TIMESTAMP + 1)), bytes + 1, size - 1);
    if (timestamp_check(specimen_trust(), bytes + 1, size - 1, digest_nothing, NULL, AT, &stamp) ==
            RULE_NONE ||
        timestamp_accept(specimen_trust(), &request, bytes + 1, size - 1, AT, &token,
                         &token_size) == RULE_NONE) {
        abort();
    }
    return 0;
}
