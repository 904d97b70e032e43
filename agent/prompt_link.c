#include "agent/prompt_link.h"

#include <stdlib.h>
#include <string.h>

#include "agent/child.h"

struct prompt_link {
    struct child *child;
    const struct prompt_handlers *handlers;
    void *context;
    struct reader picture; /* what is left to send of the document's picture */
};

static void on_frame(void *context, const struct frame *frame)
{
    struct prompt_link *prompt = context;
    const struct prompt_handlers *handlers = prompt->handlers;
    json_t *object = frame_json(frame);
    const char *event = json_string_value(json_object_get(object, "event"));
    void (*handler)(void *) = handlers->gone;
    if (event != NULL && strcmp(event, "entered") == 0) {
        handler = handlers->entered;
    } else if (event != NULL && strcmp(event, "cancelled") == 0) {
        handler = handlers->cancelled;
    } else if (event != NULL && strcmp(event, "closed") == 0) {
        handler = handlers->closed;
    }
    json_decref(object);
    handler(prompt->context);
}

static void on_ended(void *context)
{
    struct prompt_link *prompt = context;
    prompt->handlers->gone(prompt->context);
}

/* Sends the next piece of the picture, if there is one. */
static bool send_picture(struct prompt_link *prompt)
{
    size_t size = prompt->picture.left < FRAME_DATA_MAX ? prompt->picture.left : FRAME_DATA_MAX;
    const uint8_t *bytes;
    return size == 0 || (get_bytes_direct(&prompt->picture, size, &bytes) &&
                         frame_stream_put(child_stream(prompt->child), FRAME_DATA, bytes, size));
}

static void on_drained(void *context)
{
    struct prompt_link *prompt = context;
    if (!send_picture(prompt)) {
        prompt->handlers->gone(prompt->context);
    }
}

static const struct child_handlers child_handlers = {
    .frame = on_frame,
    .drained = on_drained,
    .ended = on_ended,
};

struct prompt_link *prompt_start(uv_loop_t *loop, int pin_fd,
                                 const struct prompt_handlers *handlers, void *context)
{
    struct prompt_link *prompt = calloc(1, sizeof *prompt);
    if (prompt == NULL) {
        return NULL;
    }
    prompt->handlers = handlers;
    prompt->context = context;
    prompt->child = child_start(loop, "piradi-prompt", &pin_fd, 1, &child_handlers, prompt);
    if (prompt->child == NULL) {
        free(prompt);
        return NULL;
    }
    return prompt;
}

/* Takes the object over. */
static bool tell(struct prompt_link *prompt, json_t *object)
{
    bool ok = object != NULL && frame_stream_put_json(child_stream(prompt->child), object);
    json_decref(object);
    return ok;
}

static json_t *scene_json(const char *command, const struct prompt_scene *scene)
{
    const struct portal *portal = scene->portal;
    const char *purpose = purpose_word(scene->purpose);
    if (portal->origin[0] == '\0') {
        return json_pack("{s:s, s:s}", "command", command, "purpose", purpose);
    }
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "command", command, "purpose", purpose,
                     "origin", portal->origin, "portal", "ka", portal->name_ka, "en",
                     portal->name_en);
}

bool prompt_wait(struct prompt_link *prompt, const struct prompt_scene *scene, const char *need)
{
    json_t *command = scene_json("wait", scene);
    if (command == NULL || json_object_set_new(command, "for", json_string(need)) != 0) {
        json_decref(command);
        return false;
    }
    return tell(prompt, command);
}

static json_t *key_json(const struct card_key *key)
{
    const struct subject *holder = &key->holder;
    return json_pack("{s:{s:s, s:s, s:s, s:s}, s:s, s:{s:i, s:i, s:i}}", "holder", "name",
                     holder->name, "personal_number", holder->personal_number, "issuer",
                     holder->issuer, "valid_until", holder->valid_until_date, "reader", key->reader,
                     "pin", "min", key->pin_min, "max", key->pin_max, "tries_left",
                     key->tries_left);
}

bool prompt_ask(struct prompt_link *prompt, const struct prompt_scene *scene,
                const struct card_key *key, const struct document_view *document)
{
    json_t *command = scene_json("ask", scene);
    json_t *more = key_json(key);
    bool ok =
        command != NULL && more != NULL && json_object_update(command, more) == 0 &&
        (document == NULL || json_object_set(command, "document", document->description) == 0) &&
        frame_stream_put_json(child_stream(prompt->child), command);
    json_decref(more);
    json_decref(command);
    if (ok && document != NULL) {
        prompt->picture = reader_of(document->picture.bytes, document->picture.size);
        ok = send_picture(prompt);
    }
    return ok;
}

bool prompt_pin_refused(struct prompt_link *prompt, int tries_left)
{
    return tell(prompt, json_pack("{s:s, s:s, s:i}", "event", "pin", "status",
                                  status_code(STATUS_PIN_WRONG), "tries_left", tries_left));
}

bool prompt_fail(struct prompt_link *prompt, const struct refusal *refusal)
{
    json_t *command = refusal_json(refusal);
    if (command == NULL || json_object_set_new(command, "command", json_string("fail")) != 0) {
        json_decref(command);
        return false;
    }
    return tell(prompt, command);
}

void prompt_hand_over(struct prompt_link *prompt, const struct prompt_handlers *handlers,
                      void *context)
{
    prompt->handlers = handlers;
    prompt->context = context;
    prompt->picture = reader_of(NULL, 0);
}

void prompt_close(struct prompt_link **handle)
{
    struct prompt_link *prompt = *handle;
    *handle = NULL;
    if (prompt != NULL) {
        child_release(&prompt->child);
        free(prompt);
    }
}
