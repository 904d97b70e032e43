/* The hash of a whole file, read once, a piece at a time. */
#ifndef PIRADI_FILE_DIGEST_H
#define PIRADI_FILE_DIGEST_H

#include <openssl/evp.h>
#include <stdint.h>

#include "base/must_use.h"
#include "base/status.h"

/* Largest file that is signed beside its signature. */
#define FILE_SIZE_MAX ((uint64_t)1024 * 1024 * 1024)

/* digest holds EVP_MAX_MD_SIZE. STATUS_DOCUMENT_TOO_LARGE; STATUS_INTERNAL if it is no regular file
 * or cannot be read. */
enum status file_digest(int fd, const EVP_MD *hash, uint8_t *digest) MUST_USE;

#endif
