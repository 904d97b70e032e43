#include "browser-bridge/limits.h"

#include <stddef.h>
#include <stdlib.h>

/* A bucket that runs full with time, in milliseconds: no fractions are lost. */
struct bucket {
    uint64_t spent_until; /* empty of what was taken at this time */
    uint64_t each_ms;     /* that one operation takes */
    uint64_t most_ms;     /* that may be taken in advance */
};

struct portal_limits {
    const struct portal *portal;
    struct bucket bucket;
};

struct limits {
    struct bucket all;
    size_t count;
    struct portal_limits portals[PORTALS_MAX];
};

static uint64_t taken_ms(const struct bucket *bucket, uint64_t now_ms)
{
    return bucket->spent_until > now_ms ? bucket->spent_until - now_ms : 0;
}

/* How long until one more fits. */
static uint64_t wait_ms(const struct bucket *bucket, uint64_t now_ms)
{
    uint64_t wanted = taken_ms(bucket, now_ms) + bucket->each_ms;
    return wanted > bucket->most_ms ? wanted - bucket->most_ms : 0;
}

/* Failures may fill it to the brim, and not over: nobody is shut out for longer than that. */
static void spend(struct bucket *bucket, uint64_t now_ms, unsigned operations)
{
    uint64_t taken = taken_ms(bucket, now_ms) + bucket->each_ms * operations;
    bucket->spent_until = now_ms + (taken < bucket->most_ms ? taken : bucket->most_ms);
}

static struct bucket *bucket_of(struct limits *limits, const struct portal *portal)
{
    for (size_t i = 0; i < limits->count; i++) {
        if (limits->portals[i].portal == portal) {
            return &limits->portals[i].bucket;
        }
    }
    struct portal_limits *added = &limits->portals[limits->count++];
    *added = (struct portal_limits){
        .portal = portal,
        .bucket = {.each_ms = LIMITS_PORTAL_MS, .most_ms = LIMITS_PORTAL_BURST * LIMITS_PORTAL_MS},
    };
    return &added->bucket;
}

struct limits *limits_new(void)
{
    struct limits *limits = calloc(1, sizeof *limits);
    if (limits != NULL) {
        limits->all.each_ms = LIMITS_ALL_MS;
        limits->all.most_ms = LIMITS_ALL_BURST * LIMITS_ALL_MS;
    }
    return limits;
}

void limits_free(struct limits **limits)
{
    free(*limits);
    *limits = NULL;
}

bool limits_take(struct limits *limits, const struct portal *portal, uint64_t now_ms,
                 unsigned *wait_s)
{
    struct bucket *own = bucket_of(limits, portal);
    uint64_t own_ms = wait_ms(own, now_ms);
    uint64_t all_ms = wait_ms(&limits->all, now_ms);
    uint64_t longer_ms = own_ms > all_ms ? own_ms : all_ms;
    if (longer_ms > 0) {
        *wait_s = (unsigned)((longer_ms + 999) / 1000);
        return false;
    }
    spend(own, now_ms, 1);
    spend(&limits->all, now_ms, 1);
    return true;
}

void limits_fail(struct limits *limits, const struct portal *portal, uint64_t now_ms)
{
    spend(bucket_of(limits, portal), now_ms, LIMITS_FAILURE);
    spend(&limits->all, now_ms, LIMITS_FAILURE);
}
