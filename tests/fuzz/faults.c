#include "tests/fuzz/faults.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <openssl/crypto.h>

#include "tests/unit/pkcs11/fake_card.h"

#define MILLION 1000000

static atomic_ulong requests[2]; /* by enum faults_of */
static atomic_ulong refuse_at[2];
static atomic_ulong refused;
static atomic_uint refuse_per_million;
static atomic_uint random_state;
static atomic_long held;
static _Thread_local bool spared;

/* The linker's names for what it wraps. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *memory, size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
void __real_fake_card_answer(const uint8_t *command, size_t size, uint8_t *response,
                             size_t *response_size);
void __real_fake_card_renew(void);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *memory, size_t size);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
void __wrap_fake_card_answer(const uint8_t *command, size_t size, uint8_t *response,
                             size_t *response_size);
void __wrap_fake_card_renew(void);

/* A linear congruential step (Knuth): repeatable on every machine. */
static bool is_unlucky(void)
{
    unsigned state = atomic_load(&random_state) * 1664525U + 1013904223U;
    atomic_store(&random_state, state);
    return (state >> 8) % MILLION < atomic_load(&refuse_per_million);
}

static bool is_refused(enum faults_of whose)
{
    if (spared) {
        return false;
    }
    unsigned long nth = atomic_fetch_add(&requests[whose], 1) + 1;
    bool refuse = nth == atomic_load(&refuse_at[whose]) || is_unlucky();
    if (refuse) {
        atomic_fetch_add(&refused, 1);
        errno = ENOMEM;
    }
    return refuse;
}

static void *hold(void *memory)
{
    if (memory != NULL) {
        atomic_fetch_add(&held, 1);
    }
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return is_refused(FAULTS_OF_OURS) ? NULL : hold(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused(FAULTS_OF_OURS) ? NULL : hold(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (is_refused(FAULTS_OF_OURS)) {
        return NULL;
    }
    void *resized = __real_realloc(memory, size);
    return memory == NULL ? hold(resized) : resized;
}

void __wrap_free(void *memory)
{
    if (memory != NULL) {
        atomic_fetch_sub(&held, 1);
    }
    __real_free(memory);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (is_refused(FAULTS_OF_OURS)) {
        return MAP_FAILED;
    }
    void *memory = __real_mmap(at, size, protection, flags, fd, offset);
    if (memory != MAP_FAILED) {
        atomic_fetch_add(&held, 1);
    }
    return memory;
}

int __wrap_munmap(void *memory, size_t size)
{
    atomic_fetch_sub(&held, 1);
    return __real_munmap(memory, size);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument)
{
    return is_refused(FAULTS_OF_OURS) ? EAGAIN
                                      : __real_pthread_create(thread, attributes, start, argument);
}

void __wrap_fake_card_answer(const uint8_t *command, size_t size, uint8_t *response,
                             size_t *response_size)
{
    spared = true;
    __real_fake_card_answer(command, size, response, response_size);
    spared = false;
}

void __wrap_fake_card_renew(void)
{
    spared = true;
    __real_fake_card_renew();
    spared = false;
}

/* OpenSSL keeps what it likes for later, so that what it holds is not counted. */

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_refused(FAULTS_OF_OPENSSL) ? NULL : __real_malloc(size);
}

static void *openssl_realloc(void *memory, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return is_refused(FAULTS_OF_OPENSSL) ? NULL : __real_realloc(memory, size);
}

static void openssl_free(void *memory, const char *file, int line)
{
    (void)file;
    (void)line;
    __real_free(memory);
}

bool faults_begin(void)
{
    return CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1;
}

void faults_refuse_at(enum faults_of whose, unsigned long nth)
{
    for (int i = 0; i < 2; i++) {
        atomic_store(&requests[i], 0);
        atomic_store(&refuse_at[i], FAULTS_NEVER);
    }
    atomic_store(&refused, 0);
    atomic_store(&refuse_per_million, 0);
    atomic_store(&refuse_at[whose], nth);
}

void faults_refuse_some(unsigned per_million, unsigned seed)
{
    faults_refuse_at(FAULTS_OF_OURS, FAULTS_NEVER);
    atomic_store(&random_state, seed);
    atomic_store(&refuse_per_million, per_million);
}

unsigned long faults_refused(void)
{
    return atomic_load(&refused);
}

long faults_held(void)
{
    return atomic_load(&held);
}
