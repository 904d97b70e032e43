#include "agent/prompt/message.h"

#include <glib.h>
#include <string.h>

#include "base/secret.h"

#define HTTPS "https://"
#define ORIGIN_MAX 255

static bool is_origin(const char *text)
{
    const char *host = text + strlen(HTTPS);
    return strncmp(text, HTTPS, strlen(HTTPS)) == 0 && host[0] != '\0' &&
           strlen(text) <= ORIGIN_MAX &&
           strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:") == strlen(host);
}

const char *site_host(const struct site *site)
{
    return site->origin + strlen(HTTPS);
}

bool site_is_local(const struct site *site)
{
    return site->origin == NULL;
}

/* Origin and names come together. Without them it is this computer, which may have letters signed
 * and nothing else. */
static bool is_site(const struct site *site, enum purpose purpose)
{
    if (site->origin == NULL) {
        return site->name_ka == NULL && purpose == PURPOSE_SIGN;
    }
    return site->name_ka != NULL && is_origin(site->origin);
}

static bool purpose_from_word(const char *word, enum purpose *purpose)
{
    bool sign = strcmp(word, "sign") == 0;
    if (!sign && strcmp(word, "login") != 0) {
        return false;
    }
    *purpose = sign ? PURPOSE_SIGN : PURPOSE_LOGIN;
    return true;
}

static bool waiting_from_word(const char *word, enum waiting_for *waiting_for)
{
    static const char *const words[] = {
        [WAITING_FOR_READER] = "reader",
        [WAITING_FOR_CARD] = "card",
        [WAITING_FOR_PCSC] = "pcsc",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *waiting_for = (enum waiting_for)i;
            return true;
        }
    }
    return false;
}

static bool get_number(const char **next, size_t digits, unsigned *number)
{
    unsigned value = 0;
    for (size_t i = 0; i < digits; i++, (*next)++) {
        if (**next < '0' || **next > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(**next - '0');
    }
    *number = value;
    return true;
}

/* ISO 8601, calendar date, extended format. */
static bool date_from_text(const char *text, struct date *date)
{
    struct date parsed;
    const char *next = text;
    if (!get_number(&next, 4, &parsed.year) || *next++ != '-' ||
        !get_number(&next, 2, &parsed.month) || *next++ != '-' ||
        !get_number(&next, 2, &parsed.day) || *next != '\0' ||
        !g_date_valid_dmy((GDateDay)parsed.day, (GDateMonth)parsed.month, (GDateYear)parsed.year)) {
        return false;
    }
    *date = parsed;
    return true;
}

static bool number_within(json_int_t value, json_int_t min, json_int_t max, unsigned *number)
{
    if (value < min || value > max) {
        return false;
    }
    *number = (unsigned)value;
    return true;
}

static bool parse_wait(json_t *json, struct message *message)
{
    const char *command;
    const char *purpose;
    const char *waiting_for;
    struct request *request = &message->request;
    message->kind = MESSAGE_WAIT;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s?:s, s?:{s:s, s:s}, s:s}",
                          "command", &command, "purpose", &purpose, "origin", &request->site.origin,
                          "portal", "ka", &request->site.name_ka, "en", &request->site.name_en,
                          "for", &waiting_for) == 0 &&
           purpose_from_word(purpose, &request->purpose) &&
           is_site(&request->site, request->purpose) &&
           waiting_from_word(waiting_for, &request->waiting_for);
}

static bool is_text_list(const json_t *list)
{
    size_t i;
    json_t *item;
    if (!json_is_array(list) || json_array_size(list) > MESSAGE_NOT_SHOWN_MAX) {
        return false;
    }
    json_array_foreach (list, i, item) {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return true;
}

static bool parse_document(json_t *json, struct document *document)
{
    json_int_t size;
    json_int_t pages;
    json_int_t image_size;
    unsigned image;
    json_t *not_shown;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:I, s:s, s:I, s:o, s:I}", "name",
                       &document->name, "size", &size, "sha256", &document->sha256, "pages", &pages,
                       "not_shown", &not_shown, "image_size", &image_size) != 0 ||
        size < 0 || strlen(document->sha256) != 64 ||
        strspn(document->sha256, "0123456789abcdef") != 64 || !is_text_list(not_shown) ||
        !number_within(pages, 1, INT32_MAX, &document->pages) ||
        !number_within(image_size, 0, MESSAGE_IMAGE_MAX, &image)) {
        return false;
    }
    document->not_shown = not_shown;
    document->size_bytes = (uint64_t)size;
    document->image_size = image;
    return true;
}

static bool parse_pin_rule(json_t *json, struct pin_rule *pin)
{
    json_int_t min;
    json_int_t max;
    json_int_t tries_left;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:I, s:I, s:I}", "min", &min, "max", &max,
                          "tries_left", &tries_left) == 0 &&
           number_within(min, 1, SECRET_MAX, &pin->min) &&
           number_within(max, min, SECRET_MAX, &pin->max) &&
           number_within(tries_left, 1, MESSAGE_TRIES_MAX, &pin->tries_left);
}

static bool parse_holder(json_t *json, struct holder *holder)
{
    const char *valid_until;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:s}", "name", &holder->name,
                          "personal_number", &holder->personal_number, "issuer", &holder->issuer,
                          "valid_until", &valid_until) == 0 &&
           date_from_text(valid_until, &holder->valid_until);
}

static bool parse_ask(json_t *json, struct message *message)
{
    const char *command;
    const char *purpose;
    json_t *holder;
    json_t *pin;
    json_t *document = NULL;
    struct request *request = &message->request;
    message->kind = MESSAGE_ASK;
    if (json_unpack_ex(json, NULL, JSON_STRICT,
                       "{s:s, s:s, s?:s, s?:{s:s, s:s}, s:o, s:s, s:o, s?:o}", "command", &command,
                       "purpose", &purpose, "origin", &request->site.origin, "portal", "ka",
                       &request->site.name_ka, "en", &request->site.name_en, "holder", &holder,
                       "reader", &request->reader, "pin", &pin, "document", &document) != 0 ||
        !purpose_from_word(purpose, &request->purpose) ||
        !is_site(&request->site, request->purpose) || !parse_holder(holder, &request->holder) ||
        !parse_pin_rule(pin, &request->pin)) {
        return false;
    }
    if (request->purpose == PURPOSE_LOGIN) {
        return document == NULL;
    }
    return document != NULL && parse_document(document, &request->document);
}

static bool parse_pin_event(json_t *json, struct message *message)
{
    const char *event;
    const char *code;
    json_int_t tries_left;
    message->kind = MESSAGE_PIN_WRONG;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:I}", "event", &event, "status",
                          &code, "tries_left", &tries_left) == 0 &&
           strcmp(event, "pin") == 0 && strcmp(code, status_code(STATUS_PIN_WRONG)) == 0 &&
           number_within(tries_left, 1, MESSAGE_TRIES_MAX, &message->tries_left);
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

static bool parse_json(json_t *json, struct message *message)
{
    const char *command = json_string_value(json_object_get(json, "command"));
    if (command == NULL) {
        return parse_pin_event(json, message);
    }
    if (strcmp(command, "wait") == 0) {
        return parse_wait(json, message);
    }
    if (strcmp(command, "ask") == 0) {
        return parse_ask(json, message);
    }
    return strcmp(command, "fail") == 0 && parse_fail(json, message);
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
