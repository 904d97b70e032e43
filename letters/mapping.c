#include "letters/mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>

enum status mapping_open(int fd, struct mapping *mapping)
{
    struct stat file;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
        return STATUS_INTERNAL;
    }
    if (file.st_size == 0) {
        return STATUS_DOCUMENT_DAMAGED;
    }
    if ((uint64_t)file.st_size > DOCUMENT_SIZE_MAX) {
        return STATUS_DOCUMENT_TOO_LARGE;
    }
    void *bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        return STATUS_INTERNAL;
    }
    *mapping = (struct mapping){.bytes = bytes, .size = (size_t)file.st_size};
    return STATUS_OK;
}

void mapping_close(struct mapping *mapping)
{
    if (mapping->bytes != NULL) {
        munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    }
    *mapping = (struct mapping){0};
}
