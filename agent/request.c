#include "agent/request.h"

#include <stdio.h>
#include <string.h>

#include "certs/token.h"

static enum status refuse(enum status status, const char *reason, char detail[REQUEST_DETAIL_MAX])
{
    snprintf(detail, REQUEST_DETAIL_MAX, "%s", reason);
    return status;
}

/* A name that a window can show on one line and that is no path. */
static bool is_document_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > DOCUMENT_NAME_MAX || strchr(name, '/') != NULL) {
        return false;
    }
    for (const char *c = name; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return false;
        }
    }
    return true;
}

static enum status parse_plain(json_t *object, enum request_kind kind, struct request *request,
                               char detail[REQUEST_DETAIL_MAX])
{
    if (json_object_size(object) != 1) {
        return refuse(STATUS_BAD_REQUEST, "this command takes no other key", detail);
    }
    *request = (struct request){.kind = kind};
    return STATUS_OK;
}

static enum status parse_status(json_t *object, struct request *request,
                                char detail[REQUEST_DETAIL_MAX])
{
    return parse_plain(object, REQUEST_STATUS, request, detail);
}

static enum status parse_watch(json_t *object, struct request *request,
                               char detail[REQUEST_DETAIL_MAX])
{
    return parse_plain(object, REQUEST_WATCH, request, detail);
}

static enum status parse_examine(json_t *object, struct request *request,
                                 char detail[REQUEST_DETAIL_MAX])
{
    return parse_plain(object, REQUEST_EXAMINE, request, detail);
}

static enum status parse_certificates(json_t *object, struct request *request,
                                      char detail[REQUEST_DETAIL_MAX])
{
    return parse_plain(object, REQUEST_CERTIFICATES, request, detail);
}

static enum status parse_authenticate(json_t *object, struct request *request,
                                      char detail[REQUEST_DETAIL_MAX])
{
    struct request parsed = {.kind = REQUEST_OPERATION, .purpose = TRUST_LOGIN};
    json_error_t error;
    if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s, s:s}", "command",
                       &(const char *){NULL}, "origin", &parsed.origin, "nonce",
                       &parsed.nonce) != 0) {
        return refuse(STATUS_BAD_REQUEST, error.text, detail);
    }
    if (strlen(parsed.nonce) < TOKEN_NONCE_MIN) {
        return refuse(STATUS_NONCE_TOO_SHORT, "nonce: at least 44 characters", detail);
    }
    if (strlen(parsed.nonce) > TOKEN_NONCE_MAX) {
        return refuse(STATUS_BAD_REQUEST, "nonce: at most 128 characters", detail);
    }
    *request = parsed;
    return STATUS_OK;
}

static enum status parse_sign(json_t *object, struct request *request,
                              char detail[REQUEST_DETAIL_MAX])
{
    struct request parsed = {.kind = REQUEST_OPERATION, .purpose = TRUST_SIGN};
    json_error_t error;
    json_int_t size;
    if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s?:s, s:s, s:s, s:I}", "command",
                       &(const char *){NULL}, "origin", &parsed.origin, "name", &parsed.name,
                       "media_type", &parsed.media_type, "size", &size) != 0) {
        return refuse(STATUS_BAD_REQUEST, error.text, detail);
    }
    if (!is_document_name(parsed.name)) {
        return refuse(STATUS_BAD_REQUEST, "name: 1 to 255 bytes, one line, no slash", detail);
    }
    if (strcmp(parsed.media_type, "application/pdf") != 0) {
        return refuse(STATUS_BAD_REQUEST, "media_type: application/pdf", detail);
    }
    if (size < 1) {
        return refuse(STATUS_BAD_REQUEST, "size: at least one byte", detail);
    }
    if (size > DOCUMENT_SIZE_MAX) {
        return refuse(STATUS_DOCUMENT_TOO_LARGE, "size: at most 200 MiB", detail);
    }
    parsed.size = (uint64_t)size;
    *request = parsed;
    return STATUS_OK;
}

static const struct {
    const char *command;
    enum status (*parse)(json_t *object, struct request *request, char detail[REQUEST_DETAIL_MAX]);
} commands[] = {
    {"authenticate", parse_authenticate},
    {"certificates", parse_certificates},
    {"examine", parse_examine},
    {"sign", parse_sign},
    {"status", parse_status},
    {"watch", parse_watch},
};

enum status request_parse(json_t *object, struct request *request, char detail[REQUEST_DETAIL_MAX])
{
    const char *command = json_string_value(json_object_get(object, "command"));
    for (size_t i = 0; command != NULL && i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].command, command) == 0) {
            return commands[i].parse(object, request, detail);
        }
    }
    return refuse(STATUS_BAD_REQUEST,
                  "command: authenticate, certificates, examine, sign, status or watch", detail);
}
