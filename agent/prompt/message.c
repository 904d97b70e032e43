#include "agent/prompt/message.h"

#include <string.h>

static bool parse_pin_event(json_t *json, struct message *message)
{
    const char *event;
    const char *code;
    json_int_t tries_left;
    message->kind = MESSAGE_PIN_WRONG;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:I}", "event", &event, "status",
                          &code, "tries_left", &tries_left) == 0 &&
           strcmp(event, "pin") == 0 && strcmp(code, status_code(STATUS_PIN_WRONG)) == 0 &&
           number_within(tries_left, 1, REQUEST_TRIES_MAX, &message->tries_left);
}

static bool parse_fail(json_t *json, struct message *message)
{
    const char *command;
    const char *code;
    json_int_t tries_left = 0;
    struct failure *failure = &message->failure;
    message->kind = MESSAGE_FAIL;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s?:s, s?:s, s?:I}", "command",
                          &command, "status", &code, "holder", &failure->holder, "detail",
                          &failure->detail, "tries_left", &tries_left) == 0 &&
           status_from_code(code, &failure->status) && failure->status != STATUS_OK;
}

static bool parse_page(json_t *json, struct message *message)
{
    const char *command;
    json_int_t number;
    json_int_t image_size;
    unsigned size;
    message->kind = MESSAGE_PAGE;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:I, s:I}", "command", &command, "number",
                       &number, "image_size", &image_size) != 0 ||
        !number_within(number, 1, INT32_MAX, &message->page.number) ||
        !number_within(image_size, 0, REQUEST_IMAGE_MAX, &size)) {
        return false;
    }
    message->page.image_size = size;
    return true;
}

static bool parse_done(json_t *json, struct message *message)
{
    message->kind = MESSAGE_DONE;
    return json_object_size(json) == 1;
}

static bool parse_request(json_t *json, const char *command, struct message *message)
{
    static const struct {
        const char *command;
        enum message_kind kind;
        bool (*parse)(json_t *json, struct request *request);
    } requests[] = {
        {"wait", MESSAGE_WAIT, request_parse_wait},
        {"choose", MESSAGE_CHOOSE, request_parse_choose},
        {"consent", MESSAGE_CONSENT, request_parse_consent},
        {"ask", MESSAGE_ASK, request_parse_ask},
        {"pin", MESSAGE_PIN, request_parse_pin},
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        if (strcmp(command, requests[i].command) == 0) {
            message->kind = requests[i].kind;
            return requests[i].parse(json, &message->request);
        }
    }
    return false;
}

static bool parse_json(json_t *json, struct message *message)
{
    const char *command = json_string_value(json_object_get(json, "command"));
    if (command == NULL) {
        return parse_pin_event(json, message);
    }
    if (strcmp(command, "page") == 0) {
        return parse_page(json, message);
    }
    if (strcmp(command, "done") == 0) {
        return parse_done(json, message);
    }
    if (strcmp(command, "fail") == 0) {
        return parse_fail(json, message);
    }
    return parse_request(json, command, message);
}

bool message_parse(const struct frame *frame, struct message *message)
{
    struct message parsed = {.json = frame_json(frame)};
    if (parsed.json == NULL || !parse_json(parsed.json, &parsed)) {
        message_free(&parsed);
        return false;
    }
    *message = parsed;
    return true;
}

void message_free(struct message *message)
{
    json_decref(message->json);
    *message = (struct message){0};
}
