/*
 * Everything that the operating system can refuse the module, refused on demand: malloc, calloc,
 * realloc, mmap and pthread_create of our own objects, by the linker's --wrap, and OpenSSL's
 * allocations. The fake card itself is spared.
 */
#ifndef PIRADI_TESTS_FUZZ_FAULTS_H
#define PIRADI_TESTS_FUZZ_FAULTS_H

#include <stdbool.h>

#include "base/must_use.h"

#define FAULTS_NEVER 0

enum faults_of { FAULTS_OF_OURS, FAULTS_OF_OPENSSL };

/* Before anything else of OpenSSL. False when it is too late. */
bool faults_begin(void) MUST_USE;

/* The nth request from now of one of them is refused; FAULTS_NEVER: none. */
void faults_refuse_at(enum faults_of whose, unsigned long nth);
/* Of a million requests of both, so many are refused; which, the seed says. */
void faults_refuse_some(unsigned per_million, unsigned seed);

/* Refusals since then; and what our own objects have not given back. */
unsigned long faults_refused(void);
long faults_held(void);

#endif
