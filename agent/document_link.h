/*
 * The document of one signature: the upload in a file of the agent's own, and piradi-document
 * (docs/protocols.md, "Document"), which prepares it, describes it, draws its pages and finishes
 * it. The agent itself never looks into it. One question at a time, each answered by one call of a
 * handler; handlers may release the link.
 */
#ifndef PIRADI_AGENT_DOCUMENT_LINK_H
#define PIRADI_AGENT_DOCUMENT_LINK_H

#include <jansson.h>
#include <stdint.h>
#include <uv.h>

#include "agent/card_key.h"
#include "agent/refusal.h"
#include "base/buffer.h"
#include "base/must_use.h"

/* Bytes of a page's picture. */
#define DOCUMENT_PICTURE_MAX (16U * 1024 * 1024)

struct document_link;

/* What the person is shown of it. */
struct document_view {
    json_t *description; /* `document` of the prompt's `ask` */
    struct buffer picture;
};

struct document_handlers {
    /* To document_prepare. The view is lent while the link lives. */
    void (*prepared)(void *context, const struct document_view *view);
    /* To document_page: lent until the next question about a page. */
    void (*page)(void *context, const struct buffer *picture);
    /* To document_attributes: base64, lent. */
    void (*attributes)(void *context, const char *to_be_signed);
    /* To document_finish: the signed document, lent, and its size in bytes. */
    void (*finished)(void *context, int fd, uint64_t size);
    /* To any: no; also when the program ended or said what it may not. */
    void (*refused)(void *context, const struct refusal *refusal);
};

/* For an upload of size bytes. NULL if there is no file for it, or memory is out. */
struct document_link *document_open(uv_loop_t *loop, uint64_t size,
                                    const struct document_handlers *handlers,
                                    void *context) MUST_USE;

/* Takes the next bytes: STATUS_OK, BAD_REQUEST when they are too many, DISK_FULL or INTERNAL. */
enum status document_upload(struct document_link *document, const uint8_t *bytes,
                            size_t size) MUST_USE;
bool document_is_uploaded(const struct document_link *document);

/* False if the question cannot be asked: the program is gone or missing, or memory is out. */
bool document_prepare(struct document_link *document, const char *name,
                      const char *media_type) MUST_USE;
/* The page's number, from 1, and how wide its picture is to be, in pixels. What is asked before the
 * answer comes waits for it. */
bool document_page(struct document_link *document, size_t number, size_t width) MUST_USE;
bool document_attributes(struct document_link *document, const struct card_key *key) MUST_USE;
bool document_finish(struct document_link *document, const char *signature) MUST_USE;

/* Lets the program and the files go. Accepts a pointer to NULL; clears it. */
void document_release(struct document_link **document);

#endif
