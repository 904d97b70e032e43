#include "browser-bridge/peer.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

/* Two ends of a loopback connection, on a port that the kernel chooses. */
struct ends {
    int listener;
    int client;
    int accepted;
    uint16_t port;
};

static socklen_t loopback(int family, struct sockaddr_storage *address)
{
    *address = (struct sockaddr_storage){.ss_family = (sa_family_t)family};
    if (family == AF_INET) {
        ((struct sockaddr_in *)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return sizeof(struct sockaddr_in);
    }
    ((struct sockaddr_in6 *)address)->sin6_addr = in6addr_loopback;
    return sizeof(struct sockaddr_in6);
}

static struct ends connected(int family)
{
    struct sockaddr_storage address;
    socklen_t size = loopback(family, &address);
    struct ends ends = {.listener = socket(family, SOCK_STREAM, 0),
                        .client = socket(family, SOCK_STREAM, 0)};
    assert_int_equal(bind(ends.listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(ends.listener, 1), 0);
    assert_int_equal(getsockname(ends.listener, (struct sockaddr *)&address, &size), 0);
    ends.port = ntohs(((struct sockaddr_in *)&address)->sin_port); /* at the same place in both */
    assert_int_equal(connect(ends.client, (struct sockaddr *)&address, size), 0);
    ends.accepted = accept(ends.listener, NULL, NULL);
    assert_true(ends.accepted >= 0);
    return ends;
}

static void hang_up(struct ends *ends)
{
    close(ends->listener);
    close(ends->accepted);
    if (ends->client >= 0) {
        close(ends->client);
    }
}

static void assert_nobody(int fd)
{
    uid_t user = 4711;
    assert_false(peer_user(fd, &user));
    assert_int_equal(user, 4711);
}

static void test_b15_same_user(void **state)
{
    static const int families[] = {AF_INET, AF_INET6};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ends ends = connected(families[i]);
        uid_t user = geteuid() + 1;
        assert_true(peer_user(ends.accepted, &user));
        assert_int_equal(user, geteuid());
        hang_up(&ends);
    }
}

static void test_b15_closed(void **state)
{
    (void)state;
    struct ends ends = connected(AF_INET);
    close(ends.client);
    ends.client = -1;
    assert_nobody(ends.accepted);
    hang_up(&ends);
}

static void test_b15_reset(void **state)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    (void)state;
    struct ends ends = connected(AF_INET6);
    assert_int_equal(setsockopt(ends.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    close(ends.client);
    ends.client = -1;
    assert_nobody(ends.accepted);
    hang_up(&ends);
}

static void test_b15_no_socket(void **state)
{
    int pair[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_nobody(pair[0]);
    assert_nobody(-1);
    close(pair[0]);
    close(pair[1]);
}

static void test_b1_holder(void **state)
{
    uid_t user = geteuid() + 1;
    (void)state;
    struct ends ends = connected(AF_INET6);
    assert_true(peer_port_holder(AF_INET6, ends.port, &user));
    assert_int_equal(user, geteuid());
    uint16_t port = ends.port;
    hang_up(&ends);
    user = 4711;
    assert_false(peer_port_holder(AF_INET, port, &user));
    assert_int_equal(user, 4711);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_b15_same_user), cmocka_unit_test(test_b15_closed),
        cmocka_unit_test(test_b15_reset),     cmocka_unit_test(test_b15_no_socket),
        cmocka_unit_test(test_b1_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
