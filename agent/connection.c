#include "agent/connection.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/examination.h"
#include "agent/frame_stream.h"
#include "agent/refusal.h"
#include "agent/request.h"
#include "base/config.h"
#include "base/log.h"
#include "base/portals.h"
#include "base/program.h"

#define PIECE_SIZE (128 * 1024)

struct connection {
    const struct connection_services *services;
    struct frame_stream *stream;
    bool over;
    bool watching;
    struct operation *operation;
    struct examination *examination;
    uint64_t upload_left; /* bytes of a document that the client may still send */
    int document;         /* a signed document on its way to the client, or -1 */
    uint64_t document_at;
    uint64_t document_left;
};

static void give_up(struct connection *connection)
{
    if (!connection->over) {
        connection->over = true;
        frame_stream_pause(connection->stream);
        connection->services->over(connection->services->context, connection);
    }
}

/* Takes the object over. A client that does not read its answers loses its connection. */
static void send_object(struct connection *connection, json_t *object)
{
    if (object == NULL || !frame_stream_put_json(connection->stream, object)) {
        give_up(connection);
    }
    json_decref(object);
}

static void send_refusal(struct connection *connection, enum status status, const char *detail)
{
    const struct refusal refusal = {
        .status = status, .detail = detail, .tries_left = TRIES_UNKNOWN};
    send_object(connection, refusal_json(&refusal));
}

/* ---- Readers ---- */

static json_t *readers_object(const struct connection *connection)
{
    const struct reader_states *now = readers_now(connection->services->readers);
    json_t *object = json_pack("{s:o}", "readers", reader_states_json(now));
    if (object != NULL && !now->pcsc && json_object_set_new(object, "pcsc", json_false()) != 0) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

static void answer_status(struct connection *connection)
{
    json_t *answer =
        json_pack("{s:s, s:s}", "status", status_code(STATUS_OK), "version", PIRADI_VERSION);
    json_t *readers = readers_object(connection);
    if (answer != NULL && (readers == NULL || json_object_update(answer, readers) != 0)) {
        json_decref(answer);
        answer = NULL;
    }
    json_decref(readers);
    send_object(connection, answer);
}

bool connection_is_watching(const struct connection *connection)
{
    return connection->watching && !connection->over;
}

void connection_readers_changed(struct connection *connection)
{
    if (!connection->watching || connection->over) {
        return;
    }
    json_t *event = readers_object(connection);
    if (event != NULL && json_object_set_new(event, "event", json_string("readers")) != 0) {
        json_decref(event);
        event = NULL;
    }
    send_object(connection, event);
}

/* ---- An operation's owner ---- */

static void on_waiting(void *context, const char *need)
{
    send_object(context, json_pack("{s:s, s:s}", "event", "waiting", "for", need));
}

static void on_refused(void *context, const struct refusal *refusal)
{
    struct connection *connection = context;
    connection->operation = NULL;
    send_object(connection, refusal_json(refusal));
}

static void on_answered(void *context, const json_t *answer)
{
    struct connection *connection = context;
    connection->operation = NULL;
    send_object(connection, json_deep_copy(answer));
}

static void send_document_piece(struct connection *connection)
{
    uint8_t piece[PIECE_SIZE];
    size_t wanted =
        connection->document_left < PIECE_SIZE ? (size_t)connection->document_left : PIECE_SIZE;
    ssize_t got = pread(connection->document, piece, wanted, (off_t)connection->document_at);
    if (got <= 0 || !frame_stream_put(connection->stream, FRAME_DATA, piece, (size_t)got)) {
        give_up(connection);
        return;
    }
    connection->document_at += (uint64_t)got;
    connection->document_left -= (uint64_t)got;
    if (connection->document_left == 0) {
        close(connection->document);
        connection->document = -1;
    }
}

static void on_signed_document(void *context, int fd, uint64_t size, const char *signer)
{
    struct connection *connection = context;
    connection->operation = NULL;
    connection->document = fd;
    connection->document_at = 0;
    connection->document_left = size;
    send_object(connection, json_pack("{s:s, s:I, s:s}", "status", status_code(STATUS_OK), "size",
                                      (json_int_t)size, "signed_by", signer));
}

static const struct operation_owner operation_owner = {
    .waiting = on_waiting,
    .refused = on_refused,
    .answered = on_answered,
    .signed_document = on_signed_document,
};

static unsigned permission(enum errand errand)
{
    switch (errand) {
    case ERRAND_LOGIN:
        return PORTAL_MAY_AUTHENTICATE;
    case ERRAND_LETTER:
        return PORTAL_MAY_SIGN;
    case ERRAND_HASH:
        return PORTAL_MAY_SIGN_HASH;
    case ERRAND_CERTIFICATE:
        return PORTAL_MAY_READ_CERTIFICATE;
    case ERRAND_PIN:
        return 0; /* comes from no portal */
    }
    return 0;
}

/* An origin that no policy names has no other name either. */
static enum status take_unlisted(const char *origin, struct portal *portal)
{
    if (!portals_is_origin(origin) || strlen(origin) >= sizeof portal->origin) {
        return STATUS_ORIGIN_NOT_ALLOWED;
    }
    *portal = (struct portal){.may = PORTAL_MAY_AUTHENTICATE};
    memcpy(portal->origin, origin, strlen(origin) + 1);
    return STATUS_OK;
}

/* Which portal asks, and whether it may: the administrator's files, as they are now. This user's
 * own programs need nobody's permission but the person's. */
static enum status find_portal(const struct request *request, struct portal *found)
{
    if (request->origin == NULL) {
        *found = (struct portal){.may = 0};
        return STATUS_OK;
    }
    if (request->unlisted) {
        return take_unlisted(request->origin, found);
    }
    char folder[PATH_MAX];
    struct portals *portals = program_config_path("portals", folder) ? portals_load(folder) : NULL;
    if (portals == NULL) {
        return STATUS_INTERNAL;
    }
    const struct portal *portal = portals_find(portals, request->origin);
    enum status status = STATUS_ORIGIN_NOT_ALLOWED;
    if (portal != NULL) {
        status =
            (portal->may & permission(request->errand)) != 0 ? STATUS_OK : STATUS_POLICY_REFUSED;
        *found = *portal;
    }
    portals_free(&portals);
    return status;
}

/* What the configuration, as it is now, has to say of a request. */
static enum status configure(struct request *request)
{
    struct config config;
    char reason[CONFIG_REASON_MAX];
    if (!config_read(&config, reason)) {
        log_error("%s", reason);
        return STATUS_INTERNAL;
    }
    request->forgets_choice = !config.values[CONFIG_REMEMBER_CARD];
    return request->unlisted && !config.values[CONFIG_UNLISTED_LOGINS] ? STATUS_ORIGIN_NOT_ALLOWED
                                                                       : STATUS_OK;
}

static void start_operation(struct connection *connection, struct request *request, json_t *object)
{
    struct portal portal;
    /* Frames of an upload that is refused may be on their way already: they are passed over. */
    connection->upload_left = request->size;
    enum status status = configure(request);
    if (status == STATUS_OK) {
        status = find_portal(request, &portal);
    }
    if (status == STATUS_OK) {
        status = operation_new(connection->services->operations, request, object, &portal,
                               &operation_owner, connection, &connection->operation);
    }
    if (status != STATUS_OK) {
        send_refusal(connection, status, NULL);
        return;
    }
    operation_begin(connection->operation);
}

static void on_examined(void *context, json_t *answer)
{
    struct connection *connection = context;
    connection->examination = NULL;
    send_object(connection, json_incref(answer));
}

static void start_examination(struct connection *connection, enum examination_kind kind)
{
    const struct connection_services *services = connection->services;
    enum status status = examination_start(services->loop, services->operations, kind, on_examined,
                                           connection, &connection->examination);
    if (status != STATUS_OK) {
        send_refusal(connection, status, NULL);
    }
}

/* ---- Frames ---- */

static void take_request(struct connection *connection, json_t *object)
{
    struct request request;
    char detail[REQUEST_DETAIL_MAX];
    enum status status = request_parse(object, &request, detail);
    if (status != STATUS_OK) {
        send_refusal(connection, status, detail);
        return;
    }
    switch (request.kind) {
    case REQUEST_STATUS:
        answer_status(connection);
        break;
    case REQUEST_WATCH:
        connection->watching = true;
        connection->services->watches(connection->services->context);
        connection_readers_changed(connection);
        break;
    case REQUEST_EXAMINE:
        start_examination(connection, EXAMINE_STATES);
        break;
    case REQUEST_CERTIFICATES:
        start_examination(connection, EXAMINE_CERTIFICATES);
        break;
    case REQUEST_OPERATION:
        start_operation(connection, &request, object);
        break;
    }
}

static void take_data(struct connection *connection, const struct frame *frame)
{
    if (frame->size > connection->upload_left) {
        give_up(connection);
        return;
    }
    connection->upload_left -= frame->size;
    if (connection->operation != NULL) {
        operation_upload(connection->operation, frame->payload, frame->size);
    }
}

static void on_frame(void *context, const struct frame *frame)
{
    struct connection *connection = context;
    if (frame->type == FRAME_DATA) {
        take_data(connection, frame);
        return;
    }
    bool busy = connection->watching || connection->operation != NULL ||
                connection->examination != NULL || connection->document >= 0;
    json_t *object = frame_json(frame);
    if (busy) {
        give_up(connection);
    } else if (object == NULL) {
        send_refusal(connection, STATUS_BAD_REQUEST, "not a JSON object");
    } else {
        take_request(connection, object);
    }
    json_decref(object);
}

static void on_drained(void *context)
{
    struct connection *connection = context;
    if (connection->document >= 0) {
        send_document_piece(connection);
    }
}

static void on_ended(void *context)
{
    give_up(context);
}

static void on_closed(void *context)
{
    free(context);
}

static const struct frame_stream_handlers stream_handlers = {
    .frame = on_frame,
    .drained = on_drained,
    .ended = on_ended,
    .closed = on_closed,
};

struct connection *connection_open(int fd, const struct connection_services *services)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        close(fd);
        return NULL;
    }
    connection->services = services;
    connection->document = -1;
    connection->stream = frame_stream_open(services->loop, fd, &stream_handlers, connection);
    if (connection->stream == NULL) {
        free(connection);
        return NULL;
    }
    return connection;
}

void connection_close(struct connection **handle)
{
    struct connection *connection = *handle;
    *handle = NULL;
    if (connection == NULL) {
        return;
    }
    connection->over = true;
    operation_cancel(&connection->operation);
    examination_cancel(&connection->examination);
    if (connection->document >= 0) {
        close(connection->document);
        connection->document = -1;
    }
    frame_stream_close(&connection->stream);
}
