/*
 * libpiradi-certs: who logged in with this token? For portals in C, C++, and whatever calls them.
 * See piradi-certs(3).
 *
 * Everything here is opaque, so that programs need not be built again when the library grows.
 */
#ifndef PIRADI_CERTS_PUBLIC_H
#define PIRADI_CERTS_PUBLIC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PIRADI_API __attribute__((visibility("default")))
#else
#define PIRADI_API
#endif

/* Must the authority confirm that a certificate was not revoked? */
enum piradi_revocation {
    PIRADI_REVOCATION_REQUIRE, /* yes: without an answer the token is refused */
    PIRADI_REVOCATION_PREFER,  /* a revoked one is refused, silence is not */
    PIRADI_REVOCATION_OFF      /* nobody is asked */
};

/* What a citizen's certificate says. */
enum piradi_field {
    PIRADI_NAME,
    PIRADI_NAME_LATIN,
    PIRADI_GIVEN_NAME,
    PIRADI_SURNAME,
    PIRADI_PERSONAL_NUMBER, /* eleven digits */
    PIRADI_DOCUMENT_NUMBER,
    PIRADI_COUNTRY,
    PIRADI_ISSUER,
    PIRADI_VALID_UNTIL, /* YYYY-MM-DD */
    /* "good", or "unknown" where nobody was asked or nobody answered and the rule allows it */
    PIRADI_REVOCATION_ANSWER
};

struct piradi_verifier;
struct piradi_citizen;

/*
 * A verifier, which threads may share. trust_folder has the CA certificates as *.pem files;
 * cache_folder keeps answers about revocation and may be NULL. NULL, with the reason on standard
 * error, when they cannot be used. Call it before there are threads.
 */
PIRADI_API struct piradi_verifier *piradi_verifier_open(const char *trust_folder,
                                                        const char *cache_folder,
                                                        enum piradi_revocation revocation);
PIRADI_API void piradi_verifier_close(struct piradi_verifier *verifier);

/*
 * Verifies a login token, `size` bytes of JSON as the page sent them. origin is the portal's own,
 * `https://HOST[:PORT]`; nonce is what the portal issued to this session, and took from it, for
 * good, before this call. Returns "OK" and the citizen in *citizen, or the code that says why not
 * (e.g. "CERTIFICATE_REVOKED"), with *citizen NULL. *detail, unless that pointer is NULL, gets a
 * sentence for a developer, or NULL. All texts are static.
 */
PIRADI_API const char *piradi_verify_token(struct piradi_verifier *verifier, const char *token,
                                           size_t size, const char *origin, const char *nonce,
                                           struct piradi_citizen **citizen, const char **detail);

/* Lent until piradi_citizen_free; UTF-8, one line that is safe to show; empty where the certificate
 * does not say. NULL for a field that this library does not know. */
PIRADI_API const char *piradi_citizen_text(const struct piradi_citizen *citizen,
                                           enum piradi_field field);
PIRADI_API void piradi_citizen_free(struct piradi_citizen *citizen);

#ifdef __cplusplus
}
#endif

#endif
