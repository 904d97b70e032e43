/* A key that the worker found: KEY of docs/protocols.md, checked. Pure. */
#ifndef PIRADI_AGENT_CARD_KEY_H
#define PIRADI_AGENT_CARD_KEY_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "agent/request.h"
#include "base/must_use.h"
#include "base/status.h"
#include "certs/subject.h"

#define CARD_KEYS_MAX 8

/* What may be typed, and how often it may be wrong. */
struct pin_rule {
    int min; /* digits */
    int max;
    int tries_left;
};

/* Texts and the chain are lent by the JSON that it was read from. */
struct card_key {
    size_t index; /* the worker's name for it */
    const char *reader;
    const char *certificate; /* base64 of DER */
    const json_t *chain;     /* array of the same */
    const char *algorithm;   /* RFC 7518, section 3.1 */
    struct pin_rule pin;     /* at least one try, unless blocked */
    bool pad;                /* the PIN is typed on the reader */
    bool pin_blocked;
    bool pin_not_set;
    struct pin_rule unblocking; /* of the transport PIN while the PIN is not set, else of the PUK;
                                 all 0 where nobody asked for it */
    struct subject holder;
};

struct card_keys {
    size_t count;
    struct card_key list[CARD_KEYS_MAX];
};

/* False for anything but a KEY with a certificate that names its holder. */
bool card_key_read(json_t *json, size_t index, struct card_key *key) MUST_USE;

/* Those of a list that are proper. False if there is none. */
bool card_keys_read(json_t *list, struct card_keys *keys) MUST_USE;

/*
 * Keeps those that may be asked: with this certificate, if it is not NULL, and none that has
 * expired beside one that has not. May leave none.
 */
void card_keys_narrow(struct card_keys *keys, const char *certificate, time_t now);

/*
 * Whether it can be asked to sign now: STATUS_OK, PIN_BLOCKED, PIN_NOT_SET or CERTIFICATE_EXPIRED.
 */
enum status card_key_check(const struct card_key *key, time_t now) MUST_USE;

/*
 * Whether its PIN can be treated so, and then the rule of what authorizes it: STATUS_OK, or
 * PIN_BLOCKED, PIN_NOT_SET, PUK_BLOCKED, or BAD_REQUEST where the PIN needs no such thing.
 */
enum status card_key_check_pin(const struct card_key *key, enum pin_action action,
                               struct pin_rule *authorization) MUST_USE;

#endif
