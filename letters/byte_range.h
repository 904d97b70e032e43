/*
 * Which bytes a PDF signature covers (ISO 32000-1, 12.8.1, ByteRange): everything from the first
 * byte to an end, but for one gap that holds exactly the hex string of /Contents.
 */
#ifndef PIRADI_BYTE_RANGE_H
#define PIRADI_BYTE_RANGE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* Covered are [0, gap_at) and [gap_end, end), in bytes from the beginning of the file. */
struct byte_range {
    uint64_t gap_at;
    uint64_t gap_end;
    uint64_t end;
};

/*
 * The four numbers of a /ByteRange as a range of a file of this size. False unless it starts at 0,
 * is in order and within the file, and the gap is `<`, an even number of hex digits, `>`.
 */
bool byte_range_read(const long long numbers[4], const uint8_t *bytes, size_t size,
                     struct byte_range *range) MUST_USE;

/* The gap's hex string as new bytes for the caller to free(); NULL if memory is out. */
uint8_t *byte_range_contents(const struct byte_range *range, const uint8_t *bytes,
                             size_t *size) MUST_USE;

/* The hash of the covered bytes; digest holds EVP_MAX_MD_SIZE. False when hashing fails. */
bool byte_range_digest(const struct byte_range *range, const uint8_t *bytes, const EVP_MD *hash,
                       uint8_t *digest) MUST_USE;

#endif
