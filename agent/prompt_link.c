#include "agent/prompt_link.h"

#include <stdlib.h>
#include <string.h>

#include "agent/child.h"

struct prompt_link {
    struct child *child;
    const struct prompt_handlers *handlers;
    void *context;
    struct reader picture; /* what is left to send of a page's picture */
    bool sends_picture;
};

static bool take_number(const json_t *object, const char *key, size_t *number)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *number = (size_t)json_integer_value(value);
    return true;
}

/* An event that carries nothing; NULL if it is none. */
static void (*plain_handler(const struct prompt_handlers *handlers, const char *event))(void *)
{
    const struct {
        const char *event;
        void (*handler)(void *);
    } known[] = {
        {"entered", handlers->entered}, {"agreed", handlers->agreed},
        {"other", handlers->other},     {"cancelled", handlers->cancelled},
        {"closed", handlers->closed},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(event, known[i].event) == 0) {
            return known[i].handler;
        }
    }
    return NULL;
}

static void take_event(struct prompt_link *prompt, const json_t *object, const char *event)
{
    const struct prompt_handlers *handlers = prompt->handlers;
    void (*handler)(void *) = plain_handler(handlers, event);
    size_t number;
    size_t width;
    if (handler != NULL) {
        handler(prompt->context);
    } else if (strcmp(event, "chosen") == 0 && take_number(object, "index", &number)) {
        handlers->chosen(prompt->context, number);
    } else if (strcmp(event, "page") == 0 && take_number(object, "number", &number) &&
               take_number(object, "width", &width)) {
        handlers->page(prompt->context, number, width);
    } else {
        handlers->gone(prompt->context);
    }
}

static void on_frame(void *context, const struct frame *frame)
{
    struct prompt_link *prompt = context;
    json_t *object = frame_json(frame);
    const char *event = json_string_value(json_object_get(object, "event"));
    if (event != NULL) {
        take_event(prompt, object, event);
    } else {
        prompt->handlers->gone(prompt->context);
    }
    json_decref(object);
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
    if (!prompt->sends_picture) {
        return;
    }
    if (prompt->picture.left == 0) {
        prompt->sends_picture = false;
        prompt->handlers->picture_sent(prompt->context);
    } else if (!send_picture(prompt)) {
        prompt->handlers->gone(prompt->context);
    }
}

static const struct child_handlers child_handlers = {
    .frame = on_frame,
    .drained = on_drained,
    .ended = on_ended,
};

struct prompt_link *prompt_start(uv_loop_t *loop, int pin_fd, int terminal,
                                 const struct prompt_handlers *handlers, void *context)
{
    struct prompt_link *prompt = calloc(1, sizeof *prompt);
    if (prompt == NULL) {
        return NULL;
    }
    const int descriptors[] = {pin_fd, terminal};
    prompt->handlers = handlers;
    prompt->context = context;
    prompt->child = child_start(loop, "piradi-prompt", terminal >= 0 ? "--terminal" : NULL,
                                descriptors, terminal >= 0 ? 2 : 1, &child_handlers, prompt);
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

/* Adds who asks; nothing for this computer itself. */
static bool add_portal(json_t *object, const struct prompt_scene *scene)
{
    const struct portal *portal = scene->portal;
    if (portal->origin[0] == '\0') {
        return true;
    }
    json_t *names = scene->unlisted ? NULL
                                    : json_pack("{s:{s:s, s:s}}", "portal", "ka", portal->name_ka,
                                                "en", portal->name_en);
    bool named = scene->unlisted ? json_object_set_new(object, "listed", json_false()) == 0
                                 : names != NULL && json_object_update(object, names) == 0;
    json_decref(names);
    return named && json_object_set_new(object, "origin", json_string(portal->origin)) == 0 &&
           (!scene->verified || json_object_set_new(object, "verified", json_true()) == 0);
}

static json_t *scene_json(const char *command, const struct prompt_scene *scene)
{
    json_t *object = json_pack("{s:s, s:s}", "command", command, "purpose", scene->purpose);
    if (object != NULL && !add_portal(object, scene)) {
        json_decref(object);
        object = NULL;
    }
    return object;
}

/* Takes over `more`, whose keys it adds. */
static bool add_all(json_t *object, json_t *more)
{
    bool ok = object != NULL && more != NULL && json_object_update(object, more) == 0;
    json_decref(more);
    return ok;
}

/* Takes the object over; sends it if it is whole. */
static bool tell_whole(struct prompt_link *prompt, json_t *object, bool whole)
{
    if (!whole) {
        json_decref(object);
        return false;
    }
    return tell(prompt, object);
}

bool prompt_wait(struct prompt_link *prompt, const struct prompt_scene *scene, const char *need)
{
    json_t *command = scene_json("wait", scene);
    bool whole = add_all(command, json_pack("{s:s}", "for", need));
    return tell_whole(prompt, command, whole);
}

static json_t *card_json(const struct card_key *key)
{
    const struct subject *holder = &key->holder;
    return json_pack("{s:{s:s, s:s, s:s, s:s}, s:s}", "holder", "name", holder->name,
                     "personal_number", holder->personal_number, "issuer", holder->issuer,
                     "valid_until", holder->valid_until_date, "reader", key->reader);
}

static json_t *rule_json(const struct pin_rule *rule)
{
    return json_pack("{s:i, s:i, s:i}", "min", rule->min, "max", rule->max, "tries_left",
                     rule->tries_left);
}

bool prompt_choose(struct prompt_link *prompt, const struct prompt_scene *scene,
                   const struct card_keys *keys)
{
    json_t *command = scene_json("choose", scene);
    json_t *cards = json_array();
    bool whole = command != NULL && cards != NULL;
    for (size_t i = 0; whole && i < keys->count; i++) {
        whole = json_array_append_new(cards, card_json(&keys->list[i])) == 0;
    }
    whole = whole && json_object_set(command, "cards", cards) == 0;
    json_decref(cards);
    prompt->sends_picture = false; /* of what nobody looks at any more */
    return tell_whole(prompt, command, whole);
}

/* What is to be signed, as the person is told. */
static bool add_matter(json_t *command, const struct prompt_matter *matter)
{
    char digits[2 * HASH_MAX + 1];
    if (matter->document != NULL &&
        json_object_set(command, "document", matter->document->description) != 0) {
        return false;
    }
    if (matter->hash != NULL &&
        (!hash_digits(matter->hash, digits) ||
         !add_all(command, json_pack("{s:{s:s, s:s}}", "hash", "function", matter->hash->function,
                                     "value", digits)))) {
        return false;
    }
    return !matter->other_cards || json_object_set_new(command, "other_cards", json_true()) == 0;
}

static bool begin_picture(struct prompt_link *prompt, const struct buffer *picture)
{
    prompt->picture = reader_of(picture->bytes, picture->size);
    prompt->sends_picture = true;
    return send_picture(prompt);
}

bool prompt_ask(struct prompt_link *prompt, const struct prompt_scene *scene,
                const struct card_key *key, const struct prompt_matter *matter)
{
    json_t *command = scene_json("ask", scene);
    json_t *pin = rule_json(&key->pin);
    bool whole = command != NULL && pin != NULL &&
                 (!key->pad || json_object_set_new(pin, "pad", json_true()) == 0) &&
                 json_object_set(command, "pin", pin) == 0 && add_all(command, card_json(key)) &&
                 add_matter(command, matter);
    json_decref(pin);
    return tell_whole(prompt, command, whole) &&
           (matter->document == NULL || begin_picture(prompt, &matter->document->picture));
}

bool prompt_consent(struct prompt_link *prompt, const struct prompt_scene *scene,
                    const struct card_key *key)
{
    json_t *command = json_pack("{s:s, s:s}", "command", "consent", "what", scene->purpose);
    bool whole = command != NULL && add_portal(command, scene) && add_all(command, card_json(key));
    return tell_whole(prompt, command, whole);
}

bool prompt_set_pin(struct prompt_link *prompt, const struct request *request,
                    const struct card_key *key, const struct pin_rule *authorization)
{
    json_t *command =
        json_pack("{s:s, s:s, s:s, s:o, s:o}", "command", "pin", "action",
                  pin_action_word(request->action), "which", purpose_word(request->purpose), "pin",
                  rule_json(&key->pin), "authorization", rule_json(authorization));
    bool whole = add_all(command, card_json(key));
    return tell_whole(prompt, command, whole);
}

bool prompt_page(struct prompt_link *prompt, size_t number, const struct buffer *picture)
{
    return tell(prompt, json_pack("{s:s, s:I, s:I}", "command", "page", "number",
                                  (json_int_t)number, "image_size", (json_int_t)picture->size)) &&
           begin_picture(prompt, picture);
}

bool prompt_done(struct prompt_link *prompt)
{
    return tell(prompt, json_pack("{s:s}", "command", "done"));
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
    prompt->sends_picture = false;
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
