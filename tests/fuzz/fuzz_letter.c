/* A letter that a portal verifies, and the same as one that a person is to sign. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "letters/pades.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen_trust.h"

#define AT 1795000000

static int file_of(const uint8_t *bytes, size_t size)
{
    int fd = memfd_create("letter", MFD_CLOEXEC);
    if (fd < 0 || (size > 0 && write(fd, bytes, size) != (ssize_t)size)) {
        abort();
    }
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct pades_report report;
    struct detail detail = {0};
    struct pades *pades = NULL;
    int letter = file_of(bytes, size);
    int prepared = file_of(NULL, 0);
    if (pades_verify(letter, specimen_trust(), AT, &report, &detail) == STATUS_OK) {
        abort();
    }
    if (pades_prepare(letter, prepared, AT, &pades, &detail) == STATUS_OK) {
        pades_free(&pades);
    }
    close(prepared);
    close(letter);
    return 0;
}
