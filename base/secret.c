#include "base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct secret {
    size_t size;
    uint8_t
        bytes[SECRET_MAX + 1]; /* one more than allowed, so that a longer message shows itself */
};

struct secret *secret_new(void)
{
    struct secret *secret =
        mmap(NULL, sizeof *secret, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED) {
        return NULL;
    }
    if (mlock(secret, sizeof *secret) != 0 || madvise(secret, sizeof *secret, MADV_DONTDUMP) != 0 ||
        madvise(secret, sizeof *secret, MADV_WIPEONFORK) != 0) {
        munmap(secret, sizeof *secret);
        return NULL;
    }
    return secret;
}

void secret_free(struct secret **secret)
{
    if (secret == NULL || *secret == NULL) {
        return;
    }
    secret_clear(*secret);
    munmap(*secret, sizeof **secret);
    *secret = NULL;
}

bool secret_set(struct secret *secret, const uint8_t *bytes, size_t size)
{
    if (size > SECRET_MAX) {
        return false;
    }
    secret_clear(secret);
    if (size > 0) {
        memcpy(secret->bytes, bytes, size);
    }
    secret->size = size;
    return true;
}

bool secret_append(struct secret *secret, uint8_t byte)
{
    if (secret->size >= SECRET_MAX) {
        return false;
    }
    secret->bytes[secret->size++] = byte;
    return true;
}

void secret_remove_last(struct secret *secret)
{
    if (secret->size > 0) {
        explicit_bzero(&secret->bytes[--secret->size], 1);
    }
}

void secret_clear(struct secret *secret)
{
    explicit_bzero(secret, sizeof *secret);
}

size_t secret_size(const struct secret *secret)
{
    return secret->size;
}

const uint8_t *secret_bytes_direct(const struct secret *secret)
{
    return secret->bytes;
}

bool secret_send(const struct secret *secret, int fd)
{
    ssize_t sent;
    do {
        sent = send(fd, secret->bytes, secret->size, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0 && (size_t)sent == secret->size;
}

bool secret_receive(struct secret *secret, int fd)
{
    secret_clear(secret);
    ssize_t received;
    do {
        received = recv(fd, secret->bytes, sizeof secret->bytes, 0);
    } while (received < 0 && errno == EINTR);
    if (received <= 0 || received > SECRET_MAX) {
        secret_clear(secret);
        return false;
    }
    secret->size = (size_t)received;
    return true;
}
