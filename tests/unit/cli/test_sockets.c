/* The kernel's tables, as text; and this very process as the kernel tells it. */
#include "agent/cli/sockets.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

#define HEADER                                                                                     \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "  \
    "inode\n"
#define ROW(local, state, uid, inode)                                                              \
    "   0: " local " 00000000:0000 " state " 00000000:00000000 00:00000000 00000000  " uid         \
    "        0 " inode " 1 0000000000000000 100 0 0 10 0\n"

static void the_listener_is_found(void **state)
{
    (void)state;
    struct listener listener;
    assert_true(sockets_find_listener(HEADER ROW("0100007F:1F90", "0A", "1001", "11")
                                          ROW("0100007F:6AAE", "0A", "1000", "4026531840"),
                                      27310, &listener));
    assert_int_equal(listener.user, 1000);
    assert_int_equal(listener.inode, 4026531840);
    assert_true(
        sockets_find_listener(HEADER ROW("00000000:6AAE", "0A", "0", "7"), 27310, &listener));
    assert_int_equal(listener.user, 0);
}

static void nothing_else_is(void **state)
{
    (void)state;
    static const char *const tables[] = {
        "",
        HEADER,
        HEADER "\n\n",
        HEADER ROW("0100007F:6AAF", "0A", "1000", "7"),     /* another port */
        HEADER ROW("0100007F:6AAE", "01", "1000", "7"),     /* a connection */
        HEADER ROW("0101A8C0:6AAE", "0A", "1000", "7"),     /* another address */
        HEADER "   0: 0100007F:6AAE 00000000:0000 0A 0000", /* cut off */
        HEADER "   0: 0100007F0100007F0100007F0100007F0100007F:6AAE 00000000:0000 0A",
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct listener listener = {.user = 42, .inode = 42};
        assert_false(sockets_find_listener(tables[i], 27310, &listener));
        assert_int_equal(listener.inode, 42);
    }
}

static void our_own_socket_is_ours(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct listener listener;
    struct program program;
    struct stat found;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(fstat(fd, &found), 0);
    assert_true(sockets_listener(true, ntohs(address.sin_port), &listener));
    assert_int_equal(listener.user, geteuid());
    assert_int_equal(listener.inode, found.st_ino);
    assert_true(sockets_program(listener.inode, &program));
    assert_int_equal(program.pid, getpid());
    assert_true(sockets_runs(program.name));
    close(fd);
    assert_false(sockets_program(found.st_ino, &program));
}

static void nobody_of_that_name(void **state)
{
    (void)state;
    struct program programs[2];
    assert_false(sockets_runs("no-such-program"));
    assert_int_equal(sockets_peers("/no/such/socket", programs, 2), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_listener_is_found),
        cmocka_unit_test(nothing_else_is),
        cmocka_unit_test(our_own_socket_is_ours),
        cmocka_unit_test(nobody_of_that_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
