/* An ASiC-E container, and the XML of a signature in one: none is good, as nobody trusted signed
 * it. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "letters/asice.h"
#include "letters/xades.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen_trust.h"

#define AT 1795000000

static void look_at_container(const uint8_t *bytes, size_t size)
{
    static struct asice_report report;
    struct detail detail;
    int container = memfd_create("container", MFD_CLOEXEC);
    if (container < 0 || write(container, bytes, size) != (ssize_t)size ||
        asice_verify(container, specimen_trust(), AT, &report, &detail) == STATUS_OK) {
        abort();
    }
    close(container);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct xades_signature signature;
    if (size == 0) {
        return 0;
    }
    if (bytes[0] == 'P') {
        look_at_container(bytes, size);
    } else if (xades_read(bytes, size, &signature) == RULE_NONE && signature.count == 0) {
        abort();
    }
    xades_signature_free(&signature);
    return 0;
}
