#include "browser-bridge/documents.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "browser-bridge/hex.h"
#include "browser-bridge/temporary_file.h"

#define ID_BYTES (DOCUMENT_ID_LENGTH / 2)
#define SHA256_BYTES (DOCUMENT_SHA256_LENGTH / 2)

struct document {
    struct documents *all;
    struct document *next;
    const struct portal *portal;
    uint64_t size;     /* told at the beginning */
    uint64_t received; /* so far */
    uint64_t expires;  /* of uv_now, once it waits; else 0 */
    EVP_MD_CTX *digest;
    int fd;
    char id[DOCUMENT_ID_LENGTH + 1];
    char sha256[DOCUMENT_SHA256_LENGTH + 1];
};

struct documents {
    uv_loop_t *loop;
    uv_timer_t expiry;
    struct document *first;
};

static void forget_expired(uv_timer_t *timer);

/* The timer runs to the moment at which the next one expires, and not when none waits. */
static void set_timer(struct documents *documents)
{
    uint64_t next = 0;
    for (struct document *document = documents->first; document != NULL;
         document = document->next) {
        if (document->expires != 0 && (next == 0 || document->expires < next)) {
            next = document->expires;
        }
    }
    uint64_t now = uv_now(documents->loop);
    if (next == 0) {
        uv_timer_stop(&documents->expiry);
    } else {
        uv_timer_start(&documents->expiry, forget_expired, next > now ? next - now : 0, 0);
    }
}

static void forget_expired(uv_timer_t *timer)
{
    struct documents *documents = timer->data;
    uint64_t now = uv_now(documents->loop);
    struct document *next;
    for (struct document *document = documents->first; document != NULL; document = next) {
        next = document->next;
        if (document->expires != 0 && document->expires <= now) {
            document_free(&document);
        }
    }
    set_timer(documents);
}

struct documents *documents_new(uv_loop_t *loop)
{
    struct documents *documents = calloc(1, sizeof *documents);
    if (documents == NULL || uv_timer_init(loop, &documents->expiry) != 0) {
        free(documents);
        return NULL;
    }
    documents->loop = loop;
    documents->expiry.data = documents;
    return documents;
}

static void free_documents(uv_handle_t *timer)
{
    free(timer->data);
}

void documents_free(struct documents **documents)
{
    struct documents *freed = *documents;
    *documents = NULL;
    struct document *next;
    for (struct document *document = freed->first; document != NULL; document = next) {
        next = document->next;
        document_free(&document);
    }
    uv_close((uv_handle_t *)&freed->expiry, free_documents);
}

struct usage {
    size_t count;
    uint64_t bytes;
};

static void count_in(struct usage *usage, const struct document *document)
{
    usage->count++;
    usage->bytes += document->size;
}

static bool has_room(const struct documents *documents, const struct portal *portal, uint64_t size)
{
    struct usage all = {0};
    struct usage own = {0};
    for (const struct document *document = documents->first; document != NULL;
         document = document->next) {
        count_in(&all, document);
        if (document->portal == portal) {
            count_in(&own, document);
        }
    }
    return all.count < DOCUMENTS_MAX && own.count < DOCUMENTS_PER_PORTAL_MAX &&
           size <= DOCUMENTS_BYTES_MAX && all.bytes <= DOCUMENTS_BYTES_MAX - size &&
           size <= DOCUMENTS_PER_PORTAL_BYTES_MAX &&
           own.bytes <= DOCUMENTS_PER_PORTAL_BYTES_MAX - size;
}

/* Until the first one that waits expires; a second where all are still coming or being signed. */
static unsigned seconds_until_room(struct documents *documents)
{
    return (unsigned)(uv_timer_get_due_in(&documents->expiry) / 1000) + 1;
}

static struct document *new_document(void)
{
    struct document *document = calloc(1, sizeof *document);
    uint8_t id[ID_BYTES];
    if (document == NULL) {
        return NULL;
    }
    document->digest = EVP_MD_CTX_new();
    document->fd = temporary_file_open();
    if (document->fd < 0 || document->digest == NULL ||
        EVP_DigestInit_ex(document->digest, EVP_sha256(), NULL) != 1 ||
        RAND_bytes(id, sizeof id) != 1) {
        document_free(&document);
        return NULL;
    }
    hex_write(document->id, id, sizeof id);
    return document;
}

enum status documents_begin(struct documents *documents, const struct portal *portal, uint64_t size,
                            struct document **document, unsigned *retry_after_s)
{
    if (!has_room(documents, portal, size)) {
        *retry_after_s = seconds_until_room(documents);
        return STATUS_TOO_MANY_REQUESTS;
    }
    struct document *begun = new_document();
    if (begun == NULL) {
        return STATUS_INTERNAL;
    }
    begun->all = documents;
    begun->portal = portal;
    begun->size = size;
    begun->next = documents->first;
    documents->first = begun;
    *document = begun;
    return STATUS_OK;
}

enum status document_append(struct document *document, const uint8_t *bytes, size_t size)
{
    if (size > document->size - document->received) {
        return STATUS_DOCUMENT_TOO_LARGE;
    }
    if (EVP_DigestUpdate(document->digest, bytes, size) != 1) {
        return STATUS_INTERNAL;
    }
    enum status status = temporary_file_write(document->fd, bytes, size);
    if (status == STATUS_OK) {
        document->received += size;
    }
    return status;
}

enum status document_keep(struct document *document)
{
    uint8_t digest[SHA256_BYTES];
    if (document->received != document->size ||
        EVP_DigestFinal_ex(document->digest, digest, NULL) != 1) {
        return STATUS_INTERNAL;
    }
    hex_write(document->sha256, digest, sizeof digest);
    document->expires = uv_now(document->all->loop) + DOCUMENT_LIFETIME_MS;
    set_timer(document->all);
    return STATUS_OK;
}

struct document *documents_take(struct documents *documents, const char *id,
                                const struct portal *portal)
{
    for (struct document *document = documents->first; document != NULL;
         document = document->next) {
        if (document->expires != 0 && document->portal == portal && strcmp(document->id, id) == 0) {
            document->expires = 0;
            set_timer(documents);
            return document;
        }
    }
    return NULL;
}

static void unlink_from_all(struct document *document)
{
    struct document **link = &document->all->first;
    while (*link != document) {
        link = &(*link)->next;
    }
    *link = document->next;
    set_timer(document->all);
}

void document_free(struct document **document)
{
    struct document *freed = *document;
    *document = NULL;
    if (freed == NULL) {
        return;
    }
    if (freed->all != NULL) {
        unlink_from_all(freed);
    }
    if (freed->fd >= 0) {
        close(freed->fd);
    }
    EVP_MD_CTX_free(freed->digest);
    free(freed);
}

const char *document_id(const struct document *document)
{
    return document->id;
}

const char *document_sha256(const struct document *document)
{
    return document->sha256;
}

uint64_t document_size(const struct document *document)
{
    return document->size;
}

int document_fd(const struct document *document)
{
    return document->fd;
}
