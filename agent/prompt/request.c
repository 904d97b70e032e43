#include "agent/prompt/request.h"

#include <glib.h>
#include <string.h>

#include "base/secret.h"

#define HTTPS "https://"
#define ORIGIN_MAX 255

/* The keys that say who asks; each message has them, and its own. */
#define SITE_KEYS "s?:s, s?:{s:s, s:s}, s?:b, s?:b"
#define SITE_VALUES(asker)                                                                         \
    "origin", &(asker)->site.origin, "portal", "ka", &(asker)->site.name_ka, "en",                 \
        &(asker)->site.name_en, "verified", &(asker)->verified, "listed", &(asker)->listed

/* As json_unpack gives them. */
struct asker {
    struct site site;
    int verified;
    int listed;
};

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

static bool may_be_local(enum purpose purpose)
{
    return purpose == PURPOSE_SIGN || purpose == PURPOSE_PIN;
}

/* Origin and names come together, and an origin that is not listed may only have people log in. */
static bool take_site(const struct asker *asker, enum purpose purpose, struct site *site)
{
    bool named = asker->site.name_ka != NULL;
    *site = asker->site;
    site->verified = asker->verified != 0;
    site->unlisted = asker->listed == 0;
    if (site_is_local(site)) {
        return !named && !site->verified && !site->unlisted && may_be_local(purpose);
    }
    return is_origin(site->origin) && purpose != PURPOSE_PIN &&
           (site->unlisted ? purpose == PURPOSE_LOGIN : named);
}

/* Where the word stands in a list that ends with NULL. */
static bool take_word(const char *word, const char *const *words, unsigned *index)
{
    for (unsigned i = 0; words[i] != NULL; i++) {
        if (strcmp(word, words[i]) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

static bool take_purpose(const char *word, enum purpose *purpose)
{
    static const char *const words[] = {[PURPOSE_LOGIN] = "login",
                                        [PURPOSE_SIGN] = "sign",
                                        [PURPOSE_PIN] = "pin",
                                        [PURPOSE_CERTIFICATE] = "certificate",
                                        NULL};
    unsigned index;
    if (!take_word(word, words, &index)) {
        return false;
    }
    *purpose = (enum purpose)index;
    return true;
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

bool number_within(json_int_t value, json_int_t min, json_int_t max, unsigned *number)
{
    if (value < min || value > max) {
        return false;
    }
    *number = (unsigned)value;
    return true;
}

static bool is_text_list(const json_t *list)
{
    size_t i;
    json_t *item;
    if (!json_is_array(list) || json_array_size(list) > REQUEST_NOT_SHOWN_MAX) {
        return false;
    }
    json_array_foreach (list, i, item) {
        if (!json_is_string(item)) {
            return false;
        }
    }
    return true;
}

static bool is_hex(const char *text, size_t digits)
{
    return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static bool parse_document(json_t *json, struct document *document)
{
    json_int_t size;
    json_int_t pages;
    json_int_t image_size;
    unsigned image;
    json_t *not_shown;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:I, s:s, s:I, s:o, s:I, s?:s}", "name",
                       &document->name, "size", &size, "sha256", &document->sha256, "pages", &pages,
                       "not_shown", &not_shown, "image_size", &image_size, "text",
                       &document->text) != 0 ||
        size < 0 || !is_hex(document->sha256, 64) || !is_text_list(not_shown) ||
        !number_within(pages, 1, INT32_MAX, &document->pages) ||
        !number_within(image_size, 0, REQUEST_IMAGE_MAX, &image)) {
        return false;
    }
    document->not_shown = not_shown;
    document->size_bytes = (uint64_t)size;
    document->image_size = image;
    return document->text == NULL || (image == 0 && strlen(document->text) <= REQUEST_TEXT_MAX);
}

static bool parse_hash(json_t *json, struct hash *hash)
{
    static const char *const functions[] = {"SHA-256", "SHA-384", "SHA-512", NULL};
    static const size_t digits[] = {64, 96, 128};
    unsigned index;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s}", "function", &hash->function,
                          "value", &hash->value) == 0 &&
           take_word(hash->function, functions, &index) && is_hex(hash->value, digits[index]);
}

static bool parse_pin_rule(json_t *json, unsigned tries_min, struct pin_rule *pin)
{
    json_int_t min;
    json_int_t max;
    json_int_t tries_left;
    int pad = 0;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:I, s:I, s:I, s?:b}", "min", &min, "max", &max,
                       "tries_left", &tries_left, "pad", &pad) != 0 ||
        !number_within(min, 1, SECRET_MAX, &pin->min) ||
        !number_within(max, min, SECRET_MAX, &pin->max) ||
        !number_within(tries_left, tries_min, REQUEST_TRIES_MAX, &pin->tries_left)) {
        return false;
    }
    pin->pad = pad != 0;
    return true;
}

static bool parse_holder(json_t *json, struct holder *holder)
{
    const char *valid_until;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:s}", "name", &holder->name,
                          "personal_number", &holder->personal_number, "issuer", &holder->issuer,
                          "valid_until", &valid_until) == 0 &&
           date_from_text(valid_until, &holder->valid_until);
}

bool request_parse_wait(json_t *json, struct request *request)
{
    static const char *const needs[] = {[WAITING_FOR_READER] = "reader",
                                        [WAITING_FOR_CARD] = "card",
                                        [WAITING_FOR_PCSC] = "pcsc",
                                        NULL};
    struct asker asker = {.listed = 1};
    const char *command;
    const char *purpose;
    const char *need;
    unsigned index;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:s, " SITE_KEYS "}", "command",
                       &command, "purpose", &purpose, "for", &need, SITE_VALUES(&asker)) != 0 ||
        !take_purpose(purpose, &request->purpose) ||
        !take_site(&asker, request->purpose, &request->site) || !take_word(need, needs, &index)) {
        return false;
    }
    request->waiting_for = (enum waiting_for)index;
    return true;
}

static bool parse_card(json_t *json, struct card *card)
{
    json_t *holder;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:o}", "reader", &card->reader, "holder",
                          &holder) == 0 &&
           parse_holder(holder, &card->holder);
}

bool request_parse_choose(json_t *json, struct request *request)
{
    struct asker asker = {.listed = 1};
    const char *command;
    const char *purpose;
    json_t *cards;
    json_t *card;
    size_t i;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:o, " SITE_KEYS "}", "command",
                       &command, "purpose", &purpose, "cards", &cards, SITE_VALUES(&asker)) != 0 ||
        !take_purpose(purpose, &request->purpose) ||
        !take_site(&asker, request->purpose, &request->site) || !json_is_array(cards) ||
        json_array_size(cards) < 1 || json_array_size(cards) > REQUEST_CARDS_MAX) {
        return false;
    }
    json_array_foreach (cards, i, card) {
        if (!parse_card(card, &request->cards[i])) {
            return false;
        }
    }
    request->cards_count = json_array_size(cards);
    return true;
}

bool request_parse_consent(json_t *json, struct request *request)
{
    struct asker asker = {.listed = 1};
    const char *command;
    const char *what;
    json_t *holder;
    return json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:o, s:s, " SITE_KEYS "}", "command",
                          &command, "what", &what, "holder", &holder, "reader",
                          &request->card.reader, SITE_VALUES(&asker)) == 0 &&
           take_purpose(what, &request->purpose) && request->purpose == PURPOSE_CERTIFICATE &&
           take_site(&asker, request->purpose, &request->site) &&
           parse_holder(holder, &request->card.holder);
}

/* A signature is of one thing, a login of none. */
static bool parse_signed(json_t *document, json_t *hash, struct request *request)
{
    if (request->purpose != PURPOSE_SIGN) {
        return request->purpose == PURPOSE_LOGIN && document == NULL && hash == NULL;
    }
    if (document != NULL) {
        return hash == NULL && parse_document(document, &request->document);
    }
    return hash != NULL && parse_hash(hash, &request->hash);
}

bool request_parse_ask(json_t *json, struct request *request)
{
    struct asker asker = {.listed = 1};
    const char *command;
    const char *purpose;
    json_t *holder;
    json_t *pin;
    json_t *document = NULL;
    json_t *hash = NULL;
    int other_cards = 0;
    if (json_unpack_ex(json, NULL, JSON_STRICT,
                       "{s:s, s:s, s:o, s:s, s:o, s?:b, s?:o, s?:o, " SITE_KEYS "}", "command",
                       &command, "purpose", &purpose, "holder", &holder, "reader",
                       &request->card.reader, "pin", &pin, "other_cards", &other_cards, "document",
                       &document, "hash", &hash, SITE_VALUES(&asker)) != 0 ||
        !take_purpose(purpose, &request->purpose) ||
        !take_site(&asker, request->purpose, &request->site) ||
        !parse_holder(holder, &request->card.holder) || !parse_pin_rule(pin, 1, &request->pin)) {
        return false;
    }
    request->other_cards = other_cards != 0;
    return parse_signed(document, hash, request);
}

bool request_parse_pin(json_t *json, struct request *request)
{
    static const char *const actions[] = {
        [PIN_CHANGE] = "change", [PIN_UNBLOCK] = "unblock", [PIN_ACTIVATE] = "activate", NULL};
    static const char *const pins[] = {[PIN_OF_LOGIN] = "login", [PIN_OF_SIGNATURE] = "sign", NULL};
    const char *command;
    const char *action;
    const char *which;
    json_t *holder;
    json_t *pin;
    json_t *authorization;
    unsigned action_index;
    unsigned which_index;
    request->purpose = PURPOSE_PIN;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "command",
                       &command, "action", &action, "which", &which, "holder", &holder, "reader",
                       &request->card.reader, "pin", &pin, "authorization", &authorization) != 0 ||
        !take_word(action, actions, &action_index) || !take_word(which, pins, &which_index) ||
        !parse_holder(holder, &request->card.holder) || !parse_pin_rule(pin, 0, &request->pin) ||
        !parse_pin_rule(authorization, 1, &request->task.authorization)) {
        return false;
    }
    request->task.action = (enum pin_action)action_index;
    request->task.which = (enum pin_which)which_index;
    return true;
}
