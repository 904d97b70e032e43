/*
 * The administrator's files that say which portals may use the card: one file `portals/NAME.conf`
 * each, with one section, [portal], of these keys:
 *
 *   origin   https://portal.example.ge: scheme, host and, unless it is the scheme's own, port
 *   name.ka  what the prompt calls the portal, in Georgian
 *   name.en  the same in English
 *   may      one or more of the words authenticate, sign, sign-hash, certificate
 *   key      a public key, as a JWK (RFC 7517, RFC 7518 section 6.2) of the curve P-256 with kty,
 *            crv, x and y alone. With it the portal must sign what it asks
 *            (browser-bridge/signed_request.h). May be given twice, while a key is replaced
 *
 * A file that anyone but root or this user could have written is refused, and so is a wrong key or
 * value: the whole list then fails, with the file and line in the log, because half a list would
 * let nobody know.
 */
#ifndef PIRADI_PORTALS_H
#define PIRADI_PORTALS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must_use.h"

#define PORTALS_MAX 256
#define PORTAL_TEXT_MAX 256 /* bytes of an origin or a name, with the NUL */
#define PORTALS_REASON_MAX 512
#define PORTAL_KEYS_MAX 2

enum portal_permission {
    PORTAL_MAY_AUTHENTICATE = 1,
    PORTAL_MAY_SIGN = 2,
    PORTAL_MAY_SIGN_HASH = 4,
    PORTAL_MAY_READ_CERTIFICATE = 8, /* the one that signs, which names the person */
};

struct portal {
    char origin[PORTAL_TEXT_MAX];
    char name_ka[PORTAL_TEXT_MAX];
    char name_en[PORTAL_TEXT_MAX];
    unsigned may;                                /* of enum portal_permission */
    size_t key_count;                            /* 0: its requests need no signature */
    char keys[PORTAL_KEYS_MAX][PORTAL_TEXT_MAX]; /* JWKs */
};

struct portals;

/* Whether the text is an origin as a browser sends it (RFC 6454, section 6.2), https only. */
bool portals_is_origin(const char *text);

/* Reads every *.conf in the folder. NULL, with the reason in the log, when one is wrong; an absent
 * folder is empty. */
struct portals *portals_load(const char *folder) MUST_USE;
/* The same, with the reason as one line instead of in the log; untouched unless NULL is returned.
 */
struct portals *portals_load_or_say(const char *folder, char reason[PORTALS_REASON_MAX]) MUST_USE;
void portals_free(struct portals **portals);

size_t portals_count(const struct portals *portals);

/* The portal with exactly these bytes as its origin, lent; NULL if none. */
const struct portal *portals_find(const struct portals *portals, const char *origin);

#endif
