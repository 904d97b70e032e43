#include "agent/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/terminal.h"
#include "base/base64.h"
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

/* Who asks, and where the person is. Without an origin no portal asks. */
static enum status check_asker(const struct request *request, int listed,
                               char detail[REQUEST_DETAIL_MAX])
{
    bool login = request->errand == ERRAND_LOGIN;
    if (request->origin == NULL && (request->verified || listed == 0)) {
        return refuse(STATUS_BAD_REQUEST, "verified, listed: of an origin", detail);
    }
    if (listed == 0 && (!login || request->verified)) {
        return refuse(STATUS_BAD_REQUEST, "listed: false for a login that is not verified", detail);
    }
    if (request->terminal != NULL && !terminal_is_name(request->terminal)) {
        return refuse(STATUS_BAD_REQUEST, "terminal: /dev/pts/N", detail);
    }
    return STATUS_OK;
}

static enum status parse_authenticate(json_t *object, struct request *request,
                                      char detail[REQUEST_DETAIL_MAX])
{
    struct request parsed = {
        .kind = REQUEST_OPERATION, .errand = ERRAND_LOGIN, .purpose = TRUST_LOGIN};
    json_error_t error;
    int verified = 0;
    int listed = 1;
    if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s, s:s, s?:b, s?:b, s?:s}", "command",
                       &(const char *){NULL}, "origin", &parsed.origin, "nonce", &parsed.nonce,
                       "verified", &verified, "listed", &listed, "terminal",
                       &parsed.terminal) != 0) {
        return refuse(STATUS_BAD_REQUEST, error.text, detail);
    }
    if (strlen(parsed.nonce) < TOKEN_NONCE_MIN) {
        return refuse(STATUS_NONCE_TOO_SHORT, "nonce: at least 44 characters", detail);
    }
    if (strlen(parsed.nonce) > TOKEN_NONCE_MAX) {
        return refuse(STATUS_BAD_REQUEST, "nonce: at most 128 characters", detail);
    }
    parsed.verified = verified != 0;
    parsed.unlisted = listed == 0;
    enum status status = check_asker(&parsed, listed, detail);
    if (status == STATUS_OK) {
        *request = parsed;
    }
    return status;
}

static enum status check_document(const struct request *request, json_int_t size,
                                  char detail[REQUEST_DETAIL_MAX])
{
    if (!is_document_name(request->name)) {
        return refuse(STATUS_BAD_REQUEST, "name: 1 to 255 bytes, one line, no slash", detail);
    }
    if (strcmp(request->media_type, "application/pdf") != 0) {
        return refuse(STATUS_BAD_REQUEST, "media_type: application/pdf", detail);
    }
    if (size < 1) {
        return refuse(STATUS_BAD_REQUEST, "size: at least one byte", detail);
    }
    if (size > DOCUMENT_SIZE_MAX) {
        return refuse(STATUS_DOCUMENT_TOO_LARGE, "size: at most 200 MiB", detail);
    }
    return STATUS_OK;
}

static enum status parse_sign(json_t *object, struct request *request,
                              char detail[REQUEST_DETAIL_MAX])
{
    struct request parsed = {
        .kind = REQUEST_OPERATION, .errand = ERRAND_LETTER, .purpose = TRUST_SIGN};
    json_error_t error;
    json_int_t size;
    int verified = 0;
    if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s?:s, s:s, s:s, s:I, s?:b, s?:s}",
                       "command", &(const char *){NULL}, "origin", &parsed.origin, "name",
                       &parsed.name, "media_type", &parsed.media_type, "size", &size, "verified",
                       &verified, "terminal", &parsed.terminal) != 0) {
        return refuse(STATUS_BAD_REQUEST, error.text, detail);
    }
    parsed.verified = verified != 0;
    enum status status = check_document(&parsed, size, detail);
    if (status == STATUS_OK) {
        status = check_asker(&parsed, 1, detail);
    }
    if (status == STATUS_OK) {
        parsed.size = (uint64_t)size;
        *request = parsed;
    }
    return status;
}

/* Zero for none of ours. */
static size_t hash_size(const char *function)
{
    static const struct {
        const char *function;
        size_t size;
    } functions[] = {{"SHA-256", 32}, {"SHA-384", 48}, {"SHA-512", HASH_MAX}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].function, function) == 0) {
            return functions[i].size;
        }
    }
    return 0;
}

bool hash_digits(const struct hash *hash, char digits[2 * HASH_MAX + 1])
{
    size_t size = 0;
    uint8_t *bytes = base64_decode(hash->value, &size);
    bool fits = bytes != NULL && size > 0 && size == hash_size(hash->function);
    for (size_t i = 0; fits && i < size; i++) {
        snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
    }
    free(bytes);
    return fits;
}

static enum status check_hash(const struct hash *hash, char detail[REQUEST_DETAIL_MAX])
{
    char digits[2 * HASH_MAX + 1];
    if (hash_size(hash->function) == 0) {
        return refuse(STATUS_BAD_REQUEST, "hash_function: SHA-256, SHA-384 or SHA-512", detail);
    }
    return hash_digits(hash, digits)
               ? STATUS_OK
               : refuse(STATUS_BAD_REQUEST, "hash: base64, as long as its function's", detail);
}

static enum status parse_sign_hash(json_t *object, struct request *request,
                                   char detail[REQUEST_DETAIL_MAX])
{
    struct request parsed = {
        .kind = REQUEST_OPERATION, .errand = ERRAND_HASH, .purpose = TRUST_SIGN};
    json_error_t error;
    int verified = 0;
    if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s, s:s, s:s, s?:s, s?:b}", "command",
                       &(const char *){NULL}, "origin", &parsed.origin, "hash", &parsed.hash.value,
                       "hash_function", &parsed.hash.function, "certificate", &parsed.certificate,
                       "verified", &verified) != 0) {
        return refuse(STATUS_BAD_REQUEST, error.text, detail);
    }
    parsed.verified = verified != 0;
    enum status status = check_hash(&parsed.hash, detail);
    if (status == STATUS_OK) {
        *request = parsed;
    }
    return status;
}

static enum status parse_signing_certificate(json_t *object, struct request *request,
                                             char detail[REQUEST_DETAIL_MAX])
{
    struct request parsed = {
        .kind = REQUEST_OPERATION, .errand = ERRAND_CERTIFICATE, .purpose = TRUST_SIGN};
    json_error_t error;
    int verified = 0;
    if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s, s?:b}", "command",
                       &(const char *){NULL}, "origin", &parsed.origin, "verified",
                       &verified) != 0) {
        return refuse(STATUS_BAD_REQUEST, error.text, detail);
    }
    parsed.verified = verified != 0;
    *request = parsed;
    return STATUS_OK;
}

static const char *const action_words[] = {
    [PIN_CHANGE] = "change",
    [PIN_UNBLOCK] = "unblock",
    [PIN_ACTIVATE] = "activate",
};

const char *pin_action_word(enum pin_action action)
{
    return action_words[action];
}

static enum status parse_pin(json_t *object, struct request *request,
                             char detail[REQUEST_DETAIL_MAX])
{
    struct request parsed = {.kind = REQUEST_OPERATION, .errand = ERRAND_PIN};
    json_error_t error;
    const char *action;
    const char *which;
    if (json_unpack_ex(object, &error, JSON_STRICT, "{s:s, s:s, s:s, s?:s}", "command",
                       &(const char *){NULL}, "action", &action, "which", &which, "terminal",
                       &parsed.terminal) != 0) {
        return refuse(STATUS_BAD_REQUEST, error.text, detail);
    }
    if (!purpose_from_word(which, &parsed.purpose)) {
        return refuse(STATUS_BAD_REQUEST, "which: login or sign", detail);
    }
    for (size_t i = 0; i < sizeof action_words / sizeof *action_words; i++) {
        if (strcmp(action, action_words[i]) == 0) {
            parsed.action = (enum pin_action)i;
            enum status status = check_asker(&parsed, 1, detail);
            if (status == STATUS_OK) {
                *request = parsed;
            }
            return status;
        }
    }
    return refuse(STATUS_BAD_REQUEST, "action: change, unblock or activate", detail);
}

static const struct {
    const char *command;
    enum status (*parse)(json_t *object, struct request *request, char detail[REQUEST_DETAIL_MAX]);
} commands[] = {
    {"authenticate", parse_authenticate},
    {"certificates", parse_certificates},
    {"examine", parse_examine},
    {"pin", parse_pin},
    {"sign", parse_sign},
    {"sign-hash", parse_sign_hash},
    {"signing-certificate", parse_signing_certificate},
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
    return refuse(STATUS_BAD_REQUEST, "command: none of ours", detail);
}
