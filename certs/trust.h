/*
 * May this certificate be used for this, and does somebody we trust stand behind it?
 *
 * OpenSSL's own purposes get both uses of a national card wrong (measured), so the chain is built
 * with X509_PURPOSE_ANY and the use is judged here: login is digitalSignature and (no extended key
 * usage or clientAuth); signing is nonRepudiation. Security level 2: no SHA-1, no RSA under 2048
 * bits, anywhere but in an anchor's own signature. Each certificate but the anchor is sound
 * (certs/certificate.h). Name constraints, path lengths and unknown critical extensions are judged
 * by OpenSSL.
 *
 * Revocation is a question of its own: certs/validation.h asks all of them together.
 */
#ifndef PIRADI_TRUST_H
#define PIRADI_TRUST_H

#include <openssl/x509.h>
#include <time.h>

#include "base/must_use.h"
#include "base/status.h"

/* Certificates in one trust folder, and others that may come with a message. */
#define TRUST_CERTIFICATES_MAX 256
#define TRUST_OTHERS_MAX 16

enum trust_purpose { TRUST_LOGIN, TRUST_SIGN };

/* The pinned anchors and the intermediates below them. Read-only once loaded; threads may share it.
 */
struct trust;

/*
 * Reads every *.pem in the folder, each with one or more certificates: a self-signed one is an
 * anchor, any other an intermediate, which adds no trust of its own. NULL, with the reason in the
 * log, when a file is wrong, when others than root and this user may write it, or when there is no
 * anchor. Free with trust_free.
 */
struct trust *trust_load(const char *folder) MUST_USE;
void trust_free(struct trust **trust);

/*
 * STATUS_OK or STATUS_CERTIFICATE_NOT_FOR_THIS_USE: also for a CA's certificate and for one without
 * the key usage extension (RFC 5280, section 4.2.1.3).
 */
enum status trust_check_use(X509 *certificate, enum trust_purpose purpose) MUST_USE;

/*
 * A chain to an anchor, each certificate in it valid at that time. `others` may be NULL; they are
 * tried as intermediates and trusted in nothing. STATUS_CERTIFICATE_EXPIRED only when the
 * certificate itself is over; STATUS_CERTIFICATE_UNTRUSTED for all else, a certificate from the
 * future included; STATUS_INTERNAL when memory is out.
 */
enum status trust_check_chain(const struct trust *trust, X509 *certificate,
                              const STACK_OF(X509) * others, time_t at) MUST_USE;

/* A chain, or why there is none. Free with trust_chain_clear. */
struct trust_chain {
    STACK_OF(X509) * certificates; /* the certificate first, the anchor last; NULL: none */
    X509 *lacks_issuer;            /* where the chain broke off for want of an issuer; or NULL */
    const char *reason;            /* of a failure: static, English, for a developer */
};

/*
 * The same as trust_check_chain, with the chain. *chain is filled in any case. `others` may hold up
 * to TRUST_OTHERS_MAX.
 */
enum status trust_build_chain(const struct trust *trust, X509 *certificate,
                              const STACK_OF(X509) * others, time_t at,
                              struct trust_chain *chain) MUST_USE;
void trust_chain_clear(struct trust_chain *chain);

#endif
