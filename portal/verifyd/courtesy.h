/*
 * So that one slow responder does not stop the others: at most so many requests wait for one host
 * at a time, and the next is told at once that it is slow.
 */
#ifndef PIRADI_VERIFYD_COURTESY_H
#define PIRADI_VERIFYD_COURTESY_H

#include <pthread.h>

#include "certs/fetch.h"

/* Hosts that are waited for at a time; there are as many CAs. */
#define COURTESY_HOSTS_MAX 32
#define COURTESY_HOST_MAX 256

struct courtesy {
    const struct fetcher *fetcher;
    unsigned most;
    pthread_mutex_t lock;
    struct {
        char host[COURTESY_HOST_MAX];
        unsigned waiting;
    } hosts[COURTESY_HOSTS_MAX];
};

/* fetcher must outlive it. */
void courtesy_init(struct courtesy *courtesy, const struct fetcher *fetcher, unsigned most);

/* A fetcher that asks through it. */
struct fetcher courtesy_fetcher(struct courtesy *courtesy);

#endif
