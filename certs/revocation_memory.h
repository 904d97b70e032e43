/*
 * Answers about revocation that this process has verified, so that a citizen who comes back within
 * minutes costs neither a question nor a signature. A table of fixed size: what is full forgets,
 * and memory stays flat. Threads share it.
 */
#ifndef PIRADI_REVOCATION_MEMORY_H
#define PIRADI_REVOCATION_MEMORY_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "base/must_use.h"
#include "certs/revocation.h"

struct revocation_memory;

struct revocation_memory *revocation_memory_new(void) MUST_USE;
void revocation_memory_free(struct revocation_memory **memory);

/* What decided about this certificate of this issuer, at most reuse_s ago and fresh still. Answers
 * about the past are neither kept nor given. False if there is none. */
bool revocation_memory_get(struct revocation_memory *memory,
                           const struct revocation_question *question,
                           struct revocation_finding *finding) MUST_USE;
void revocation_memory_put(struct revocation_memory *memory,
                           const struct revocation_question *question,
                           const struct revocation_finding *finding);

#endif
