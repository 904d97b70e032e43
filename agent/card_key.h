/* A key that the worker found: KEY of docs/protocols.md, checked. Pure. */
#ifndef PIRADI_AGENT_CARD_KEY_H
#define PIRADI_AGENT_CARD_KEY_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "base/must_use.h"
#include "base/status.h"
#include "certs/subject.h"

/* Texts and the chain are lent by the JSON that it was read from. */
struct card_key {
    const char *reader;
    const char *certificate; /* base64 of DER */
    const json_t *chain;     /* array of the same */
    const char *algorithm;   /* RFC 7518, section 3.1 */
    int pin_min;
    int pin_max;
    int tries_left; /* at least 1, unless blocked */
    bool pin_blocked;
    bool pin_not_set;
    struct subject holder;
};

/* False for anything but a KEY with a certificate that names its holder. */
bool card_key_read(json_t *json, struct card_key *key) MUST_USE;

/*
 * Whether it can be asked to sign now: STATUS_OK, PIN_BLOCKED, PIN_NOT_SET or CERTIFICATE_EXPIRED.
 */
enum status card_key_check(const struct card_key *key, time_t now) MUST_USE;

#endif
