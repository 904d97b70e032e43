/*
 * A document's file as bytes, by the page cache: no copy in memory, whatever its size. Nobody may
 * shorten the file meanwhile, so it is one without a name, or one that only this program writes.
 */
#ifndef PIRADI_MAPPING_H
#define PIRADI_MAPPING_H

#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"

/* Largest document that is signed or verified. */
#define DOCUMENT_SIZE_MAX ((uint64_t)200 * 1024 * 1024)

struct mapping {
    const uint8_t *bytes;
    size_t size;
};

/*
 * Lends fd's whole content until mapping_close; the descriptor itself may be closed before.
 * STATUS_DOCUMENT_TOO_LARGE; STATUS_DOCUMENT_DAMAGED for an empty file; STATUS_INTERNAL.
 */
enum status mapping_open(int fd, struct mapping *mapping) MUST_USE;
void mapping_close(struct mapping *mapping);

#endif
