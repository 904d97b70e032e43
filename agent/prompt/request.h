/*
 * What a person is asked: the parts of the agent's wait, choose, consent, ask and pin messages
 * (docs/protocols.md, "Prompt"), checked key by key. Pure. Strings are lent by the JSON.
 */
#ifndef PIRADI_PROMPT_REQUEST_H
#define PIRADI_PROMPT_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/must_use.h"

/* Of the first page as PNG: an A4 page of text at 150 dpi has some hundred KiB. */
#define REQUEST_IMAGE_MAX ((size_t)16 * 1024 * 1024)
/* Of a letter in plain text. */
#define REQUEST_TEXT_MAX ((size_t)256 * 1024)
#define REQUEST_NOT_SHOWN_MAX 100
#define REQUEST_CARDS_MAX 16
/* The largest count that a card can tell: SW 63Cx of ISO/IEC 7816-4, table 6. */
#define REQUEST_TRIES_MAX 15

enum purpose { PURPOSE_LOGIN, PURPOSE_SIGN, PURPOSE_PIN, PURPOSE_CERTIFICATE };
enum waiting_for { WAITING_FOR_READER, WAITING_FOR_CARD, WAITING_FOR_PCSC };
enum pin_action { PIN_CHANGE, PIN_UNBLOCK, PIN_ACTIVATE };
enum pin_which { PIN_OF_LOGIN, PIN_OF_SIGNATURE };

/*
 * Who asks: a verified origin ("https://HOST[:PORT]") and the name that the administrator gave it.
 * Without an origin it is a program of this person's on this computer, which may have letters
 * signed and PINs managed. Only an origin that is not listed has no name.
 */
struct site {
    const char *origin;
    const char *name_ka;
    const char *name_en;
    bool verified; /* it has signed this very request */
    bool unlisted; /* no policy names it */
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

struct card {
    struct holder holder;
    const char *reader;
};

/* Digits allowed, and tries before the card blocks the PIN. */
struct pin_rule {
    unsigned min;
    unsigned max;
    unsigned tries_left; /* at least 1 for what is to be typed first */
    bool pad;            /* it is typed on the reader's own keys */
};

/* What a PIN's owner does with it. authorization is typed first: the old PIN, PUK or transport PIN;
 * the request's `pin` is the new one. */
struct pin_task {
    enum pin_action action;
    enum pin_which which;
    struct pin_rule authorization;
};

struct document {
    const char *name;
    uint64_t size_bytes;
    const char *sha256; /* 64 lower-case hexadecimal digits */
    unsigned pages;
    const json_t *not_shown; /* an array of strings */
    size_t image_size;       /* bytes of PNG that follow in D frames; 0 when there is no picture */
    const char *text;        /* a letter in plain text, which has no picture; or NULL */
};

/* A digest of what nobody can be shown. */
struct hash {
    const char *function; /* "SHA-256", "SHA-384" or "SHA-512"; NULL when there is none */
    const char *value;    /* as many lower-case hexadecimal digits as it gives */
};

/* Of a wait, choose, consent, ask or pin; each fills what its parser names. */
struct request {
    enum purpose purpose;
    struct site site;
    enum waiting_for waiting_for;
    struct card card;
    bool other_cards; /* the person may ask for another card */
    struct pin_rule pin;
    struct document document;
    struct hash hash;
    struct pin_task task;
    struct card cards[REQUEST_CARDS_MAX];
    size_t cards_count; /* at least 1 in a choose */
};

/* Each: false, for JSON that is not exactly such a message; the request is then undefined. */

/* purpose, site and waiting_for. */
bool request_parse_wait(json_t *json, struct request *request) MUST_USE;
/* purpose, site and cards. */
bool request_parse_choose(json_t *json, struct request *request) MUST_USE;
/* PURPOSE_CERTIFICATE, site and card. */
bool request_parse_consent(json_t *json, struct request *request) MUST_USE;
/* purpose, site, card, other_cards, pin; for PURPOSE_SIGN either document or hash. */
bool request_parse_ask(json_t *json, struct request *request) MUST_USE;
/* PURPOSE_PIN, card, task, pin. */
bool request_parse_pin(json_t *json, struct request *request) MUST_USE;

bool site_is_local(const struct site *site);

/* The origin without its scheme, lent. Only of a site that is not local. */
const char *site_host(const struct site *site);

/* Whether value lies within min and max; then *number is it. */
bool number_within(json_int_t value, json_int_t min, json_int_t max, unsigned *number) MUST_USE;

#endif
