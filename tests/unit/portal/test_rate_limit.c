#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "portal/rate_limit.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/portal/support.h"

static unsigned takes(struct rate_limit *limit, const uint8_t key[RATE_LIMIT_KEY_SIZE], int64_t now)
{
    unsigned taken = 0;
    unsigned retry_after_s = 0;
    while (rate_limit_take(limit, key, now, &retry_after_s)) {
        taken++;
    }
    assert_true(retry_after_s >= 1 && retry_after_s <= limit->interval_s);
    return taken;
}

static void tokens_come_back_with_time(void **state)
{
    (void)state;
    static struct rate_limit limit = {.burst = 5, .interval_s = 10};
    const uint8_t key[RATE_LIMIT_KEY_SIZE] = {1};
    const uint8_t other[RATE_LIMIT_KEY_SIZE] = {2};
    assert_int_equal(takes(&limit, key, TEST_NOW), 5);
    assert_int_equal(takes(&limit, other, TEST_NOW), 5);
    assert_int_equal(takes(&limit, key, TEST_NOW + 9), 0);
    assert_int_equal(takes(&limit, key, TEST_NOW + 10), 1);
    assert_int_equal(takes(&limit, key, TEST_NOW + 35), 2);
    assert_int_equal(takes(&limit, key, TEST_NOW + 40), 1);
    assert_int_equal(takes(&limit, key, TEST_NOW + 100000), 5);
    assert_int_equal(takes(&limit, key, TEST_NOW), 0); /* the clock was set back */
}

static void the_quietest_is_forgotten(void **state)
{
    (void)state;
    static struct rate_limit limit = {.burst = 2, .interval_s = 10};
    uint8_t key[RATE_LIMIT_KEY_SIZE] = {0};
    for (uint32_t i = 0; i <= RATE_LIMIT_ADDRESSES; i++) {
        memcpy(key, &i, sizeof i);
        assert_int_equal(takes(&limit, key, TEST_NOW + i), 2);
    }
    assert_int_equal(limit.count, RATE_LIMIT_ADDRESSES);
    assert_int_equal(takes(&limit, key, TEST_NOW + RATE_LIMIT_ADDRESSES), 0);
}

static void an_ipv6_network_is_one(void **state)
{
    (void)state;
    struct sockaddr_in6 first = {.sin6_family = AF_INET6};
    struct sockaddr_in6 second = first;
    struct sockaddr_in6 elsewhere = first;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    uint8_t keys[4][RATE_LIMIT_KEY_SIZE];
    assert_int_equal(inet_pton(AF_INET6, "2001:db8:1:2::1", &first.sin6_addr), 1);
    assert_int_equal(inet_pton(AF_INET6, "2001:db8:1:2:ffff::9", &second.sin6_addr), 1);
    assert_int_equal(inet_pton(AF_INET6, "2001:db8:1:3::1", &elsewhere.sin6_addr), 1);
    assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr), 1);
    rate_limit_key((const struct sockaddr *)&first, keys[0]);
    rate_limit_key((const struct sockaddr *)&second, keys[1]);
    rate_limit_key((const struct sockaddr *)&elsewhere, keys[2]);
    rate_limit_key((const struct sockaddr *)&v4, keys[3]);
    assert_memory_equal(keys[0], keys[1], RATE_LIMIT_KEY_SIZE);
    assert_memory_not_equal(keys[0], keys[2], RATE_LIMIT_KEY_SIZE);
    assert_memory_equal(keys[3], "\xc0\x00\x02\x01\0\0\0\0", RATE_LIMIT_KEY_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_back_with_time),
        cmocka_unit_test(the_quietest_is_forgotten),
        cmocka_unit_test(an_ipv6_network_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
