/* Two CRLs, as their addresses, a cache or a message give them; the second may be a delta. The
 * first two bytes are the first one's size. No input is signed rightly. */
#include <stdlib.h>

#include "base/buffer.h"
#include "certs/revocation.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen_trust.h"

static void add(struct evidence *evidence, struct reader part)
{
    if (!evidence_add_crl(evidence, part.next, part.left)) {
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct evidence evidence = {0};
    struct reader all = reader_of(bytes, size);
    struct reader first;
    uint16_t first_size;
    if (get_u16(&all, &first_size) && get_reader(&all, first_size, &first)) {
        add(&evidence, first);
        add(&evidence, all);
    }
    if (revocation_judge(&evidence, specimen_question(), NULL).verdict != REVOCATION_IS_UNKNOWN) {
        abort();
    }
    evidence_clear(&evidence);
    return 0;
}
