#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

static int make_secret(void **state)
{
    *state = secret_new();
    return *state == NULL;
}

static int free_secret(void **state)
{
    struct secret *secret = *state;
    secret_free(&secret);
    return secret != NULL;
}

static void digits_come_and_go(void **state)
{
    struct secret *secret = *state;
    assert_true(secret_set(secret, (const uint8_t *)"12", 2));
    assert_true(secret_append(secret, '3'));
    assert_int_equal(secret_size(secret), 3);
    assert_memory_equal(secret_bytes_direct(secret), "123", 3);

    secret_remove_last(secret);
    assert_int_equal(secret_size(secret), 2);
    assert_int_equal(secret_bytes_direct(secret)[2], 0); /* wiped, not only forgotten */

    secret_clear(secret);
    secret_remove_last(secret);
    assert_int_equal(secret_size(secret), 0);
    assert_memory_equal(secret_bytes_direct(secret), "\0\0\0", 3);
}

static void too_long_is_refused_whole(void **state)
{
    struct secret *secret = *state;
    uint8_t digits[SECRET_MAX + 1];
    memset(digits, '7', sizeof digits);
    assert_true(secret_set(secret, digits, SECRET_MAX));
    assert_false(secret_append(secret, '8'));
    assert_false(secret_set(secret, digits, sizeof digits));
    assert_int_equal(secret_size(secret), SECRET_MAX);
}

static void travels_as_one_message(void **state)
{
    struct secret *secret = *state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_true(secret_set(secret, (const uint8_t *)"482913", 6));
    assert_true(secret_send(secret, pair[0]));
    secret_clear(secret);
    assert_true(secret_receive(secret, pair[1]));
    assert_int_equal(secret_size(secret), 6);
    assert_memory_equal(secret_bytes_direct(secret), "482913", 6);

    uint8_t digits[SECRET_MAX + 9] = {0};
    assert_int_equal(send(pair[0], digits, sizeof digits, 0), sizeof digits);
    assert_false(secret_receive(secret, pair[1]));
    assert_int_equal(secret_size(secret), 0);

    close(pair[0]);
    assert_false(secret_receive(secret, pair[1]));
    assert_false(secret_send(secret, pair[1]));
    close(pair[1]);
}

/* A1: the page is locked and kept out of cores, as the kernel itself says in smaps. */
static void page_is_locked_and_not_dumped(void **state)
{
    struct secret *secret = *state;
    assert_true(secret_set(secret, (const uint8_t *)"1", 1));
    FILE *smaps = fopen("/proc/self/smaps", "r");
    assert_non_null(smaps);
    char line[512];
    bool inside = false;
    bool locked = false;
    bool dont_dump = false;
    while (fgets(line, sizeof line, smaps) != NULL) {
        char *after = NULL;
        unsigned long start = strtoul(line, &after, 16);
        if (after != NULL && *after == '-') {
            unsigned long end = strtoul(after + 1, NULL, 16);
            inside = start <= (uintptr_t)secret && (uintptr_t)secret < end;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            locked = strstr(line, " lo") != NULL;
            dont_dump = strstr(line, " dd") != NULL;
        }
    }
    fclose(smaps);
    assert_true(dont_dump);
#ifndef __SANITIZE_ADDRESS__ /* which makes mlock a no-op */
    assert_true(locked);
#else
    (void)locked;
#endif
}

static void free_accepts_nothing(void **state)
{
    (void)state;
    struct secret *none = NULL;
    secret_free(&none);
    secret_free(NULL);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(digits_come_and_go, make_secret, free_secret),
        cmocka_unit_test_setup_teardown(too_long_is_refused_whole, make_secret, free_secret),
        cmocka_unit_test_setup_teardown(travels_as_one_message, make_secret, free_secret),
        cmocka_unit_test_setup_teardown(page_is_locked_and_not_dumped, make_secret, free_secret),
        cmocka_unit_test(free_accepts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
