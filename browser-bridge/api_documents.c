/* POST /v1/documents: an upload that waits to be signed, streamed to disk. */
#include <jansson.h>

#include "browser-bridge/documents.h"
#include "browser-bridge/exchange.h"
#include "browser-bridge/reply.h"

static void fail(struct exchange *exchange, enum status status)
{
    if (status == STATUS_INTERNAL) {
        reply_internal(exchange, "an upload could not be stored");
    } else {
        reply_problem(exchange, &(struct problem){.status = status});
    }
}

static void begin(struct exchange *exchange)
{
    struct document *document = NULL;
    unsigned retry_after_s = 0;
    enum status status = documents_begin(exchange->bridge->documents, exchange->portal,
                                         exchange->body_size, &document, &retry_after_s);
    if (status == STATUS_TOO_MANY_REQUESTS) {
        reply_problem(exchange, &(struct problem){
                                    .status = status,
                                    .detail = "Too much of this portal, or in all, waits to be "
                                              "signed already.",
                                    .retry_after_s = retry_after_s,
                                });
    } else if (status != STATUS_OK) {
        fail(exchange, status);
    }
    exchange->operation = document;
}

static void piece(struct exchange *exchange, const uint8_t *bytes, size_t size)
{
    enum status status = document_append(exchange->operation, bytes, size);
    if (status != STATUS_OK) {
        fail(exchange, status);
    }
}

static void complete(struct exchange *exchange)
{
    struct document *document = exchange->operation;
    enum status status = document_keep(document);
    if (status != STATUS_OK) {
        fail(exchange, status);
        return;
    }
    json_t *body =
        json_pack("{s:s, s:I, s:s}", "document", document_id(document), "size",
                  (json_int_t)document_size(document), "sha256", document_sha256(document));
    exchange->operation = NULL; /* it waits in the store now */
    reply_json(exchange, MHD_HTTP_CREATED, body);
}

static void release(struct exchange *exchange)
{
    struct document *document = exchange->operation;
    document_free(&document);
    exchange->operation = NULL;
}

const struct endpoint documents_endpoint = {
    .begin = begin,
    .piece = piece,
    .complete = complete,
    .release = release,
};
