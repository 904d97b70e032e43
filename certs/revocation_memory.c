#include "certs/revocation_memory.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "certs/revocation_judge.h"

#define SETS 16384
#define WAYS 4
#define LOCKS 64
#define NAME_SIZE 32 /* SHA-256 */

struct entry {
    uint8_t name[NAME_SIZE];
    time_t verified; /* 0: empty */
    struct revocation_finding finding;
};

struct revocation_memory {
    pthread_mutex_t locks[LOCKS];
    struct entry sets[SETS][WAYS];
};

struct revocation_memory *revocation_memory_new(void)
{
    struct revocation_memory *memory = calloc(1, sizeof *memory);
    for (size_t i = 0; memory != NULL && i < LOCKS; i++) {
        pthread_mutex_init(&memory->locks[i], NULL);
    }
    return memory;
}

void revocation_memory_free(struct revocation_memory **memory)
{
    if (memory == NULL || *memory == NULL) {
        return;
    }
    for (size_t i = 0; i < LOCKS; i++) {
        pthread_mutex_destroy(&(*memory)->locks[i]);
    }
    free(*memory);
    *memory = NULL;
}

/* The certificate's own hash, under its issuer's: another CA of the same name is another. */
static bool name_of(const struct revocation_question *question, uint8_t name[NAME_SIZE])
{
    uint8_t issuer[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    unsigned issuer_size = 0;
    if (X509_digest(question->certificate, EVP_sha256(), name, &size) != 1 ||
        X509_digest(question->issuer, EVP_sha256(), issuer, &issuer_size) != 1) {
        return false;
    }
    for (size_t i = 0; i < NAME_SIZE; i++) {
        name[i] ^= issuer[NAME_SIZE - 1 - i];
    }
    return true;
}

static size_t set_of(const uint8_t name[NAME_SIZE])
{
    return ((size_t)name[0] << 8 | name[1]) % SETS;
}

static bool serves(const struct entry *entry, const struct revocation_question *question)
{
    long age_max_s = entry->finding.source == EVIDENCE_OCSP ? question->rules->ocsp_age_max_s
                                                            : question->rules->crl_age_max_s;
    return entry->verified <= question->now &&
           question->now - entry->verified <= question->rules->reuse_s &&
           finding_conclude(entry->finding, question, age_max_s, true).stale_s == 0;
}

bool revocation_memory_get(struct revocation_memory *memory,
                           const struct revocation_question *question,
                           struct revocation_finding *finding)
{
    uint8_t name[NAME_SIZE];
    bool found = false;
    if (question_is_of_the_past(question) || !name_of(question, name)) {
        return false;
    }
    size_t set = set_of(name);
    pthread_mutex_lock(&memory->locks[set % LOCKS]);
    for (size_t way = 0; way < WAYS && !found; way++) {
        const struct entry *entry = &memory->sets[set][way];
        found = entry->verified != 0 && memcmp(entry->name, name, sizeof name) == 0 &&
                serves(entry, question);
        if (found) {
            *finding = entry->finding;
        }
    }
    pthread_mutex_unlock(&memory->locks[set % LOCKS]);
    return found;
}

/* Its own place if it has one, otherwise that of the oldest. */
static struct entry *place_for(struct entry set[WAYS], const uint8_t name[NAME_SIZE])
{
    struct entry *place = &set[0];
    for (size_t way = 0; way < WAYS; way++) {
        if (set[way].verified != 0 && memcmp(set[way].name, name, NAME_SIZE) == 0) {
            return &set[way];
        }
        if (set[way].verified < place->verified) {
            place = &set[way];
        }
    }
    return place;
}

void revocation_memory_put(struct revocation_memory *memory,
                           const struct revocation_question *question,
                           const struct revocation_finding *finding)
{
    uint8_t name[NAME_SIZE];
    if (question_is_of_the_past(question) || finding->verdict == REVOCATION_IS_UNKNOWN ||
        finding->stale_s > 0 || !name_of(question, name)) {
        return;
    }
    size_t set = set_of(name);
    pthread_mutex_lock(&memory->locks[set % LOCKS]);
    struct entry *place = place_for(memory->sets[set], name);
    memcpy(place->name, name, sizeof name);
    place->verified = question->now;
    place->finding = *finding;
    pthread_mutex_unlock(&memory->locks[set % LOCKS]);
}
