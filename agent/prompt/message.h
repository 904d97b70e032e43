/*
 * What the agent tells the prompt: the JSON messages of docs/protocols.md, "Prompt", checked key by
 * key. Pure: bytes in, a checked value out.
 */
#ifndef PIRADI_PROMPT_MESSAGE_H
#define PIRADI_PROMPT_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/frame.h"
#include "base/must_use.h"
#include "base/status.h"

/* Of the first page as PNG: an A4 page of text at 150 dpi has some hundred KiB. */
#define MESSAGE_IMAGE_MAX ((size_t)16 * 1024 * 1024)
#define MESSAGE_NOT_SHOWN_MAX 100
/* The largest count that a card can tell: SW 63Cx of ISO/IEC 7816-4, table 6. */
#define MESSAGE_TRIES_MAX 15

enum message_kind { MESSAGE_WAIT, MESSAGE_ASK, MESSAGE_PIN_WRONG, MESSAGE_FAIL };
enum purpose { PURPOSE_LOGIN, PURPOSE_SIGN };
enum waiting_for { WAITING_FOR_READER, WAITING_FOR_CARD, WAITING_FOR_PCSC };

/*
 * Who asks: a verified origin ("https://HOST[:PORT]") and the name that the administrator gave it.
 * All NULL: a program of this person's on this computer, which wants a letter signed.
 */
struct site {
    const char *origin;
    const char *name_ka;
    const char *name_en;
};

/* One that exists. */
struct date {
    unsigned year;
    unsigned month; /* 1 to 12 */
    unsigned day;   /* 1 to 31 */
};

struct holder {
    const char *name;
    const char *personal_number;
    const char *issuer;
    struct date valid_until;
};

/* Digits allowed, and tries before the card blocks the PIN (at least 1). */
struct pin_rule {
    unsigned min;
    unsigned max;
    unsigned tries_left;
};

struct document {
    const char *name;
    uint64_t size_bytes;
    const char *sha256; /* 64 lower-case hexadecimal digits */
    unsigned pages;
    const json_t *not_shown; /* an array of strings */
    size_t image_size;       /* bytes of PNG that follow in D frames; 0 when there is no picture */
};

/* Of a wait or an ask; an ask fills it all, but `document` only for PURPOSE_SIGN. */
struct request {
    enum purpose purpose;
    struct site site;
    enum waiting_for waiting_for;
    struct holder holder;
    const char *reader;
    struct pin_rule pin;
    struct document document;
};

/* status as in the message; holder is the program that has the card, or NULL. */
struct failure {
    enum status status;
    const char *holder;
    const char *detail; /* English, for a developer; or NULL */
};

/* Strings are lent by `json`, which the message owns. */
struct message {
    enum message_kind kind;
    json_t *json;
    union {
        struct request request; /* MESSAGE_WAIT, MESSAGE_ASK */
        unsigned tries_left;    /* MESSAGE_PIN_WRONG, at least 1 */
        struct failure failure; /* MESSAGE_FAIL */
    };
};

/* False, message untouched, for a frame that is not exactly one of the agent's messages. */
bool message_parse(const struct frame *frame, struct message *message) MUST_USE;

/* Frees what the message owns and empties it. Accepts an empty (all zero) one. */
void message_free(struct message *message);

bool site_is_local(const struct site *site);

/* The origin without its scheme, lent. Only of a site that is not local. */
const char *site_host(const struct site *site);

#endif
