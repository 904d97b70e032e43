#include "portal/nonces.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/log.h"
#include "portal/nonces_place.h"

#define CONNECTIONS_MAX 32
#define RANDOM_BYTES 32

struct nonces {
    const struct nonces_place *place;
    char *where;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    unsigned lent;
    unsigned idle_count;
    void *idle[CONNECTIONS_MAX];
};

static const struct nonces_place *find_place(const char *where)
{
    static const struct nonces_place *const places[] = {&nonces_in_sqlite, &nonces_in_postgresql,
                                                        &nonces_in_redis, NULL};
    for (const struct nonces_place *const *place = places; *place != NULL; place++) {
        if (strncmp(where, (*place)->prefix, strlen((*place)->prefix)) == 0) {
            return *place;
        }
    }
    return NULL;
}

/* An idle connection, a new one, or, when there are as many as may be, one that comes back. NULL if
 * none can be had. */
static void *borrow(struct nonces *nonces)
{
    void *connection = NULL;
    pthread_mutex_lock(&nonces->lock);
    while (nonces->idle_count == 0 && nonces->lent == nonces->place->connections_max) {
        pthread_cond_wait(&nonces->freed, &nonces->lock);
    }
    nonces->lent++;
    if (nonces->idle_count > 0) {
        connection = nonces->idle[--nonces->idle_count];
    }
    pthread_mutex_unlock(&nonces->lock);
    if (connection == NULL) {
        connection = nonces->place->connect(nonces->where);
    }
    return connection;
}

/* Gives it back, or closes it when it failed. */
static void give_back(struct nonces *nonces, void *connection, bool failed)
{
    if (failed && connection != NULL) {
        nonces->place->disconnect(connection);
    }
    pthread_mutex_lock(&nonces->lock);
    nonces->lent--;
    if (!failed) {
        nonces->idle[nonces->idle_count++] = connection;
    }
    pthread_cond_signal(&nonces->freed);
    pthread_mutex_unlock(&nonces->lock);
}

struct nonces *nonces_open(const char *where)
{
    struct nonces *nonces = calloc(1, sizeof *nonces);
    if (nonces == NULL || (nonces->where = strdup(where)) == NULL) {
        free(nonces);
        return NULL;
    }
    pthread_mutex_init(&nonces->lock, NULL);
    pthread_cond_init(&nonces->freed, NULL);
    nonces->place = find_place(where);
    if (nonces->place == NULL) {
        log_error("nonces: sqlite:, postgresql: or redis: is needed");
        nonces_close(&nonces);
        return NULL;
    }
    void *connection = borrow(nonces);
    give_back(nonces, connection, connection == NULL);
    if (connection == NULL) {
        nonces_close(&nonces);
    }
    return nonces;
}

void nonces_close(struct nonces **nonces)
{
    if (nonces == NULL || *nonces == NULL) {
        return;
    }
    struct nonces *open = *nonces;
    for (unsigned i = 0; i < open->idle_count; i++) {
        open->place->disconnect(open->idle[i]);
    }
    pthread_cond_destroy(&open->freed);
    pthread_mutex_destroy(&open->lock);
    free(open->where);
    free(open);
    *nonces = NULL;
}

static enum status make_key(const char *session, char key[NONCES_KEY_SIZE])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t length = strnlen(session, NONCES_SESSION_MAX + 1);
    if (length == 0 || length > NONCES_SESSION_MAX) {
        return STATUS_BAD_REQUEST;
    }
    if (EVP_Digest(session, length, digest, NULL, EVP_sha256(), NULL) != 1) {
        return STATUS_INTERNAL;
    }
    for (size_t i = 0; i < (NONCES_KEY_SIZE - 1) / 2; i++) {
        snprintf(key + 2 * i, 3, "%02x", digest[i]);
    }
    return STATUS_OK;
}

static bool make_nonce(char nonce[NONCES_SIZE])
{
    uint8_t random[RANDOM_BYTES];
    char *text =
        RAND_bytes(random, sizeof random) == 1 ? base64_encode(random, sizeof random) : NULL;
    if (text == NULL) {
        log_error("no random numbers");
        return false;
    }
    memcpy(nonce, text, NONCES_SIZE);
    free(text);
    return true;
}

enum status nonces_issue(struct nonces *nonces, const char *session, char nonce[NONCES_SIZE])
{
    char key[NONCES_KEY_SIZE];
    char made[NONCES_SIZE];
    enum status status = make_key(session, key);
    if (status != STATUS_OK) {
        return status;
    }
    if (!make_nonce(made)) {
        return STATUS_INTERNAL;
    }
    void *connection = borrow(nonces);
    bool put = connection != NULL && nonces->place->put(connection, key, made);
    give_back(nonces, connection, !put);
    if (!put) {
        return STATUS_INTERNAL;
    }
    memcpy(nonce, made, NONCES_SIZE);
    return STATUS_OK;
}

enum status nonces_take(struct nonces *nonces, const char *session, char nonce[NONCES_SIZE])
{
    char key[NONCES_KEY_SIZE];
    char taken[NONCES_SIZE];
    enum status status = make_key(session, key);
    if (status != STATUS_OK) {
        return status;
    }
    void *connection = borrow(nonces);
    enum nonces_found found =
        connection != NULL ? nonces->place->take(connection, key, taken) : NONCES_FAILED;
    give_back(nonces, connection, found == NONCES_FAILED);
    if (found != NONCES_TAKEN) {
        return found == NONCES_NONE ? STATUS_OPERATION_UNKNOWN : STATUS_INTERNAL;
    }
    memcpy(nonce, taken, NONCES_SIZE);
    return STATUS_OK;
}
