/*
 * POST /v1/sign: the person signs an uploaded document. The agent gets it piece by piece and gives
 * the signed one back the same way; that is put on disk first, so that a page never receives half
 * a document with a 200 before it.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/client.h"
#include "browser-bridge/agent_request.h"
#include "browser-bridge/documents.h"
#include "browser-bridge/exchange.h"
#include "browser-bridge/fields.h"
#include "browser-bridge/reply.h"
#include "browser-bridge/temporary_file.h"

#define PIECE_SIZE (64 * 1024)
/* A signature, its certificates and what proves their validity. */
#define SIGNED_MAX (REQUEST_DOCUMENT_MAX + 16 * 1024 * 1024)

struct signing {
    struct exchange *exchange;
    struct document *document;
    struct agent_client *client;
    uint64_t sent;
    int signed_fd; /* -1 until the agent has said OK */
    uint64_t signed_size;
    uint64_t received;
};

static void on_writable(void *context)
{
    struct signing *signing = context;
    uint8_t piece[PIECE_SIZE];
    ssize_t got;
    if (signing->sent == document_size(signing->document)) {
        return;
    }
    do {
        got = pread(document_fd(signing->document), piece, sizeof piece, (off_t)signing->sent);
    } while (got < 0 && errno == EINTR);
    if (got <= 0 || !agent_client_write(signing->client, piece, (size_t)got)) {
        agent_client_close(&signing->client);
        reply_internal(signing->exchange, "an upload could not be passed on");
        return;
    }
    signing->sent += (uint64_t)got;
}

static void on_answer(void *context, enum status status, const json_t *answer)
{
    struct signing *signing = context;
    json_int_t size = json_integer_value(json_object_get(answer, "size"));
    if (status != STATUS_OK) {
        reply_agent_failure(signing->exchange, status, answer);
        return;
    }
    signing->signed_fd = temporary_file_open();
    if (size <= 0 || (uint64_t)size > SIGNED_MAX || signing->signed_fd < 0) {
        agent_client_close(&signing->client);
        reply_internal(signing->exchange, "a signed document could not be received");
        return;
    }
    signing->signed_size = (uint64_t)size;
}

static void on_data(void *context, const uint8_t *bytes, size_t size)
{
    struct signing *signing = context;
    enum status status = signing->signed_fd >= 0 && size <= signing->signed_size - signing->received
                             ? temporary_file_write(signing->signed_fd, bytes, size)
                             : STATUS_INTERNAL;
    if (status == STATUS_OK) {
        signing->received += size;
        return;
    }
    agent_client_close(&signing->client);
    if (status == STATUS_DISK_FULL) {
        reply_problem(signing->exchange, &(struct problem){.status = status});
    } else {
        reply_internal(signing->exchange, "a signed document could not be kept");
    }
}

static void give_document(struct signing *signing)
{
    struct MHD_Response *response =
        MHD_create_response_from_fd64(signing->signed_size, signing->signed_fd);
    if (response != NULL) {
        signing->signed_fd = -1; /* the response closes it */
    }
    signing->exchange->answer_size = signing->signed_size;
    reply_with(signing->exchange, MHD_HTTP_OK, response, "application/pdf");
}

static void on_ended(void *context, enum agent_client_end end)
{
    struct signing *signing = context;
    if (signing->exchange->response != NULL) {
        return; /* the failure is told */
    }
    if (end == AGENT_CLIENT_DONE && signing->signed_fd >= 0 &&
        signing->received == signing->signed_size) {
        give_document(signing);
    } else {
        reply_internal(signing->exchange, "the agent was lost during a signature");
    }
}

static const struct agent_client_handlers handlers = {
    .answer = on_answer,
    .data = on_data,
    .writable = on_writable,
    .ended = on_ended,
};

static struct signing *new_signing(struct exchange *exchange)
{
    struct signing *signing = calloc(1, sizeof *signing);
    if (signing != NULL) {
        signing->exchange = exchange;
        signing->signed_fd = -1;
        exchange->operation = signing;
    }
    return signing;
}

static void start(struct signing *signing, const char *name)
{
    struct exchange *exchange = signing->exchange;
    json_t *request = agent_request(exchange, "sign");
    json_t *document = json_pack("{s:s, s:s, s:I}", "name", name, "media_type", "application/pdf",
                                 "size", (json_int_t)document_size(signing->document));
    if (request == NULL || document == NULL || json_object_update(request, document) != 0) {
        reply_internal(exchange, "no memory for a signature");
    } else {
        signing->client = agent_client_start(exchange->bridge->loop, request, &handlers, signing);
        if (signing->client == NULL) {
            reply_agent_absent(exchange);
        }
    }
    json_decref(document);
    json_decref(request);
}

static json_t *parse(struct exchange *exchange)
{
    static const char *const names[] = {"document", "name", "format", "level", NULL};
    char wrong[FIELDS_WRONG_MAX];
    json_t *fields = fields_parse(exchange->body.bytes, exchange->body.size, names, wrong);
    if (fields == NULL) {
        reply_problem(exchange, &(struct problem){.status = STATUS_BAD_REQUEST, .detail = wrong});
    } else if (strcmp(fields_text(fields, "format"), "pades") != 0 ||
               strcmp(fields_text(fields, "level"), "B") != 0) {
        reply_problem(exchange,
                      &(struct problem){.status = STATUS_BAD_REQUEST,
                                        .detail = "format must be pades and level must be B."});
        json_decref(fields);
        fields = NULL;
    }
    return fields;
}

static void complete(struct exchange *exchange)
{
    json_t *fields = reply_if_too_many(exchange) ? NULL : parse(exchange);
    if (fields == NULL) {
        return;
    }
    struct signing *signing = new_signing(exchange);
    if (signing == NULL) {
        reply_internal(exchange, "no memory for a signature");
        json_decref(fields);
        return;
    }
    signing->document = documents_take(exchange->bridge->documents, fields_text(fields, "document"),
                                       exchange->portal);
    if (signing->document == NULL) {
        reply_problem(exchange,
                      &(struct problem){.status = STATUS_OPERATION_UNKNOWN,
                                        .detail = "No such document of this origin waits: unknown, "
                                                  "used already, or expired."});
    } else {
        start(signing, fields_text(fields, "name"));
    }
    json_decref(fields);
}

static void release(struct exchange *exchange)
{
    struct signing *signing = exchange->operation;
    if (signing == NULL) {
        return;
    }
    exchange->operation = NULL;
    agent_client_close(&signing->client);
    document_free(&signing->document);
    if (signing->signed_fd >= 0) {
        close(signing->signed_fd);
    }
    free(signing);
}

const struct endpoint sign_endpoint = {.complete = complete, .release = release};
