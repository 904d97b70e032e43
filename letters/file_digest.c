#include "letters/file_digest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_SIZE ((size_t)256 * 1024)

static bool add_all(EVP_MD_CTX *context, int fd, uint8_t *piece)
{
    uint64_t at = 0;
    for (;;) {
        ssize_t got = pread(fd, piece, PIECE_SIZE, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0;
        }
        at += (uint64_t)got;
        if (at > FILE_SIZE_MAX || EVP_DigestUpdate(context, piece, (size_t)got) != 1) {
            return false;
        }
    }
}

enum status file_digest(int fd, const EVP_MD *hash, uint8_t *digest)
{
    struct stat file;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
        return STATUS_INTERNAL;
    }
    if ((uint64_t)file.st_size > FILE_SIZE_MAX) {
        return STATUS_DOCUMENT_TOO_LARGE;
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t *piece = malloc(PIECE_SIZE);
    bool ok = context != NULL && piece != NULL && EVP_DigestInit_ex2(context, hash, NULL) == 1 &&
              add_all(context, fd, piece) && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    free(piece);
    EVP_MD_CTX_free(context);
    return ok ? STATUS_OK : STATUS_INTERNAL;
}
