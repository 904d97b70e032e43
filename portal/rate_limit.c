#include "portal/rate_limit.h"

#include <netinet/in.h>
#include <string.h>

void rate_limit_key(const struct sockaddr *address, uint8_t key[RATE_LIMIT_KEY_SIZE])
{
    memset(key, 0, RATE_LIMIT_KEY_SIZE);
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        memcpy(key, &v6->sin6_addr, RATE_LIMIT_KEY_SIZE);
    } else if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        memcpy(key, &v4->sin_addr, sizeof v4->sin_addr);
    }
}

/* The bucket of this key; a full one, in place of the one filled longest ago, if it had none. */
static size_t find_or_add(struct rate_limit *limit, const uint8_t key[RATE_LIMIT_KEY_SIZE],
                          int64_t now)
{
    size_t quietest = 0;
    for (size_t i = 0; i < limit->count; i++) {
        if (memcmp(limit->buckets[i].key, key, RATE_LIMIT_KEY_SIZE) == 0) {
            return i;
        }
        if (limit->buckets[i].filled < limit->buckets[quietest].filled) {
            quietest = i;
        }
    }
    size_t at = limit->count < RATE_LIMIT_ADDRESSES ? limit->count++ : quietest;
    memcpy(limit->buckets[at].key, key, RATE_LIMIT_KEY_SIZE);
    limit->buckets[at].tokens = limit->burst;
    limit->buckets[at].filled = now;
    return at;
}

bool rate_limit_take(struct rate_limit *limit, const uint8_t key[RATE_LIMIT_KEY_SIZE], int64_t now,
                     unsigned *retry_after_s)
{
    size_t at = find_or_add(limit, key, now);
    if (now < limit->buckets[at].filled) {
        limit->buckets[at].filled = now; /* the clock was set back */
    }
    int64_t back = (now - limit->buckets[at].filled) / limit->interval_s;
    limit->buckets[at].filled += back * limit->interval_s;
    if (back >= limit->burst - limit->buckets[at].tokens) {
        limit->buckets[at].tokens = limit->burst;
        limit->buckets[at].filled = now;
    } else {
        limit->buckets[at].tokens += (unsigned)back;
    }
    if (limit->buckets[at].tokens == 0) {
        *retry_after_s = (unsigned)(limit->buckets[at].filled + limit->interval_s - now);
        return false;
    }
    limit->buckets[at].tokens--;
    return true;
}
