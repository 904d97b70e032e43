/*
 * How often one address may knock: a bucket of tokens for each, refilled with time. It lives in
 * memory and forgets the address that was quiet longest when it is full.
 */
#ifndef PIRADI_PORTAL_RATE_LIMIT_H
#define PIRADI_PORTAL_RATE_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/must_use.h"

#define RATE_LIMIT_ADDRESSES 1024
#define RATE_LIMIT_KEY_SIZE 8

struct rate_limit {
    unsigned burst;      /* tokens of a full bucket */
    unsigned interval_s; /* seconds until one token comes back */
    size_t count;
    struct {
        uint8_t key[RATE_LIMIT_KEY_SIZE];
        unsigned tokens;
        int64_t filled; /* when the bucket was last refilled */
    } buckets[RATE_LIMIT_ADDRESSES];
};

/* What an address is known by: an IPv4 address, or the 64-bit network of an IPv6 address. */
void rate_limit_key(const struct sockaddr *address, uint8_t key[RATE_LIMIT_KEY_SIZE]);

/* Takes a token. False, and when the next one comes in *retry_after_s, if there is none. */
bool rate_limit_take(struct rate_limit *limit, const uint8_t key[RATE_LIMIT_KEY_SIZE], int64_t now,
                     unsigned *retry_after_s) MUST_USE;

#endif
