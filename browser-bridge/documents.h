/*
 * Uploaded documents that wait to be signed: each on disk without a name, bound to the portal that
 * sent it, used once, forgotten after a while, bounded in number and size for each portal and in
 * all. Rule B20 of docs/security.md.
 */
#ifndef PIRADI_BRIDGE_DOCUMENTS_H
#define PIRADI_BRIDGE_DOCUMENTS_H

#include <stdint.h>
#include <uv.h>

#include "base/must_use.h"
#include "base/portals.h"
#include "base/status.h"

#define DOCUMENTS_PER_PORTAL_MAX 4
#define DOCUMENTS_MAX 16
#define DOCUMENTS_PER_PORTAL_BYTES_MAX (UINT64_C(2) << 30)
#define DOCUMENTS_BYTES_MAX (UINT64_C(4) << 30)
#define DOCUMENT_LIFETIME_MS (10 * 60 * 1000)

#define DOCUMENT_ID_LENGTH 32     /* 128 random bits in hexadecimal */
#define DOCUMENT_SHA256_LENGTH 64 /* in hexadecimal */

struct documents;
struct document;

struct documents *documents_new(uv_loop_t *loop) MUST_USE;
/* Forgets all that wait; what was taken must have been freed. The loop runs once more after it. */
void documents_free(struct documents **documents);

/*
 * A place for that many bytes, counted at once, for the caller to fill and then keep or free.
 * STATUS_TOO_MANY_REQUESTS with the seconds after which it is worth asking again; STATUS_INTERNAL.
 */
enum status documents_begin(struct documents *documents, const struct portal *portal, uint64_t size,
                            struct document **document, unsigned *retry_after_s) MUST_USE;

/* STATUS_DOCUMENT_TOO_LARGE when it passes the size told; STATUS_DISK_FULL; STATUS_INTERNAL. */
enum status document_append(struct document *document, const uint8_t *bytes, size_t size) MUST_USE;

/* The document is whole and waits from now on. STATUS_INTERNAL when it is not. */
enum status document_keep(struct document *document) MUST_USE;

/* The whole document of that id and portal, which is then the caller's to free; NULL if none. */
struct document *documents_take(struct documents *documents, const char *id,
                                const struct portal *portal) MUST_USE;

/* Accepts a pointer to NULL. */
void document_free(struct document **document);

const char *document_id(const struct document *document);
const char *document_sha256(const struct document *document);
uint64_t document_size(const struct document *document);
/* Lent, readable from its beginning by pread. */
int document_fd(const struct document *document);

#endif
