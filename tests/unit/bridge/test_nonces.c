#include "browser-bridge/nonces.h"

#include <stdio.h>

#include "tests/unit/cmocka_all.h"

#define NONCE "nnnnnnnnnnnnnnnnnnnnnn"

static const struct portal one = {.origin = "https://one.test"};
static const struct portal other = {.origin = "https://other.test"};

static void once_for_each_portal_until_it_expires(void **state)
{
    (void)state;
    struct nonces *nonces = nonces_new();
    assert_non_null(nonces);
    assert_true(nonces_use(nonces, &one, NONCE, 100, 50));
    assert_false(nonces_use(nonces, &one, NONCE, 100, 50));
    assert_false(nonces_use(nonces, &one, NONCE, 200, 100));
    assert_true(nonces_use(nonces, &one, NONCE "n", 100, 50));
    assert_true(nonces_use(nonces, &other, NONCE, 100, 50));
    assert_true(nonces_use(nonces, &one, NONCE, 200, 101));
    nonces_free(&nonces);
    assert_null(nonces);
}

static void lengths(void **state)
{
    (void)state;
    struct nonces *nonces = nonces_new();
    assert_non_null(nonces);
    assert_false(nonces_use(nonces, &one, "", 100, 50));
    assert_false(nonces_use(nonces, &one, &NONCE[1], 100, 50));
    assert_true(nonces_use(nonces, &one, NONCE NONCE "nnnnnnnnnnnnnnnnnnnn", 100, 50));
    assert_false(nonces_use(nonces, &one, NONCE NONCE "nnnnnnnnnnnnnnnnnnnnn", 100, 50));
    nonces_free(&nonces);
}

static void none_is_forgotten_for_another(void **state)
{
    char nonce[NONCE_LENGTH_MAX + 1];
    (void)state;
    struct nonces *nonces = nonces_new();
    assert_non_null(nonces);
    for (int i = 0; i < NONCES_MAX; i++) {
        snprintf(nonce, sizeof nonce, NONCE "%d", i);
        assert_true(nonces_use(nonces, &one, nonce, 100 + i, 50));
    }
    assert_false(nonces_use(nonces, &one, NONCE, 100, 50));
    assert_false(nonces_use(nonces, &one, NONCE "0", 100, 50));
    assert_true(nonces_use(nonces, &one, NONCE, 500, 101));
    assert_false(nonces_use(nonces, &one, NONCE "1", 500, 101));
    nonces_free(&nonces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(once_for_each_portal_until_it_expires),
        cmocka_unit_test(lengths),
        cmocka_unit_test(none_is_forgotten_for_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
