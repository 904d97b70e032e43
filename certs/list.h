/*
 * A trusted list (ETSI TS 119 612 V2.2.1): which authorities a scheme's operator vouches for, for
 * what, and since when; so that a signature can be judged by the status at its own time.
 *
 * A list is believed when exactly one XML signature in it, a child of the root, covers the whole
 * document (enveloped, exclusive C14N, RSA or ECDSA with SHA-2) and was made by a certificate that
 * the administrator pinned: what the signature says of its key is not looked at. Documents with a
 * DTD are refused, so that there are no entities, and nothing is ever fetched for them.
 */
#ifndef PIRADI_LIST_H
#define PIRADI_LIST_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/must_use.h"

#define LIST_SIZE_MAX ((size_t)16 * 1024 * 1024)
#define LIST_SERVICES_MAX 4096
#define LIST_HISTORY_MAX 64

/* ETSI TS 119 612, clause 5.5.1.1. */
enum list_service {
    LIST_OTHER,
    LIST_CA_QC,   /* issues qualified certificates */
    LIST_OCSP_QC, /* tells of their revocation */
    LIST_CRL_QC,
    LIST_TSA_QTST, /* makes qualified time-stamps */
};

struct list_facts {
    char territory[3];      /* e.g. "GE" */
    unsigned long sequence; /* grows with each issue: an older list is somebody's replay */
    time_t issued;
    time_t next_update; /* 0: the list is closed for good */
    size_t service_count;
};

struct list;

/*
 * A list of exactly these bytes, signed by one of the operators. NULL, and *why a sentence (static,
 * English), when it is not well-formed, not signed so, has what is not understood where it matters,
 * is from the future, or memory is out. That its next update is over is for the caller to judge.
 * Free with list_free. Not to be called by two threads at once.
 */
struct list *list_read(const uint8_t *bytes, size_t size, const STACK_OF(X509) * operators,
                       time_t now, const char **why) MUST_USE;
void list_free(struct list **list);

const struct list_facts *list_facts(const struct list *list);

/* A service's certificates, each an authority or a responder, lent; NULL beyond the last one. */
X509 *list_certificate(const struct list *list, size_t index, enum list_service *type);

/* Whether this very authority (its name and key) had the status "granted" (or the older ones that
 * it stands for: under supervision, accredited, recognised) for this service at that time. */
bool list_grants(const struct list *list, X509 *authority, enum list_service type, time_t at);

#endif
