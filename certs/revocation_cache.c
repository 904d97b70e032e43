#include "certs/revocation_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define KEY_OCTETS 32
#define FILE_MODE 0600

struct revocation_cache {
    int folder;
    atomic_uint written; /* for names of files that are not whole yet */
};

struct revocation_cache *revocation_cache_open(const char *folder)
{
    struct revocation_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        return NULL;
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        log_error("cannot make the cache %s: %s", folder, strerror(errno));
        free(cache);
        return NULL;
    }
    cache->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cache->folder < 0) {
        log_error("cannot open the cache %s: %s", folder, strerror(errno));
        free(cache);
        return NULL;
    }
    return cache;
}

void revocation_cache_close(struct revocation_cache **cache)
{
    if (cache != NULL && *cache != NULL) {
        close((*cache)->folder);
        free(*cache);
        *cache = NULL;
    }
}

static void name_entry(const uint8_t digest[KEY_OCTETS], const char *suffix,
                       struct revocation_key *key)
{
    for (size_t i = 0; i < KEY_OCTETS; i++) {
        snprintf(key->name + 2 * i, 3, "%02x", digest[i]);
    }
    snprintf(key->name + 2 * (size_t)KEY_OCTETS, sizeof key->name - 2 * (size_t)KEY_OCTETS, "%s",
             suffix);
}

/* The issuer's key, and the certificate's whole self. */
bool revocation_key_ocsp(const X509 *certificate, const X509 *issuer, struct revocation_key *key)
{
    uint8_t both[2 * EVP_MAX_MD_SIZE];
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    unsigned more = 0;
    if (X509_pubkey_digest(issuer, EVP_sha256(), both, &size) != 1 ||
        X509_digest(certificate, EVP_sha256(), both + size, &more) != 1 ||
        EVP_Digest(both, size + more, digest, NULL, EVP_sha256(), NULL) != 1) {
        ERR_clear_error();
        return false;
    }
    name_entry(digest, ".ocsp", key);
    return true;
}

bool revocation_key_url(const char *url, struct revocation_key *key)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(url, strlen(url), digest, NULL, EVP_sha256(), NULL) != 1) {
        ERR_clear_error();
        return false;
    }
    name_entry(digest, ".url", key);
    return true;
}

static bool read_whole(int fd, size_t size, struct buffer *bytes)
{
    size_t done = 0;
    uint8_t *space = put_space(bytes, size);
    while (space != NULL && done < size) {
        ssize_t got = read(fd, space + done, size - done);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return space != NULL;
}

bool revocation_cache_get(struct revocation_cache *cache, const struct revocation_key *key,
                          size_t size_max, struct buffer *bytes, time_t *stored)
{
    int fd = openat(cache->folder, key->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat found;
    if (fd < 0) {
        return false;
    }
    struct buffer read;
    buffer_init(&read, size_max);
    bool ok = fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && found.st_size > 0 &&
              read_whole(fd, (size_t)found.st_size, &read);
    close(fd);
    if (!ok) {
        buffer_free(&read);
        return false;
    }
    *bytes = read;
    *stored = found.st_mtime;
    return true;
}

static bool write_whole(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        bytes += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

void revocation_cache_put(struct revocation_cache *cache, const struct revocation_key *key,
                          const void *bytes, size_t size)
{
    char aside[64];
    snprintf(aside, sizeof aside, ".%d-%u", getpid(), atomic_fetch_add(&cache->written, 1));
    int fd = openat(cache->folder, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    bool ok = fd >= 0 && write_whole(fd, bytes, size);
    if (fd >= 0) {
        ok = close(fd) == 0 && ok;
    }
    if (!ok || renameat(cache->folder, aside, cache->folder, key->name) != 0) {
        log_warning("a revocation answer could not be cached: %s", strerror(errno));
        unlinkat(cache->folder, aside, 0);
    }
}

void revocation_cache_prune(struct revocation_cache *cache, time_t before)
{
    int again = openat(cache->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = again >= 0 ? fdopendir(again) : NULL;
    if (listing == NULL) {
        if (again >= 0) {
            close(again);
        }
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(listing)) != NULL) {
        struct stat found;
        if (fstatat(dirfd(listing), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(found.st_mode) && found.st_mtime < before) {
            unlinkat(dirfd(listing), entry->d_name, 0);
        }
    }
    closedir(listing);
}
