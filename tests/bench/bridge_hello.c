/*
 * The least that a libmicrohttpd server can do, to compare the bridge with: one thread, one epoll,
 * one answer. Listens on 127.0.0.1 at the port that it is given, until its standard input ends.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct MHD_Response *hello;

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *bytes,
                              size_t *size, void **state)
{
    static int begun;
    (void)context;
    (void)url;
    (void)method;
    (void)version;
    (void)bytes;
    (void)size;
    if (*state == NULL) {
        *state = &begun;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, hello);
}

int main(int argc, char **argv)
{
    static char text[] = "hello";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons(argc == 2 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0);
    hello = MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL,
                         MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_END);
    if (hello == NULL || daemon == NULL) {
        return EXIT_FAILURE;
    }
    puts("listening");
    fflush(stdout);
    (void)getchar();
    MHD_stop_daemon(daemon);
    MHD_destroy_response(hello);
    return EXIT_SUCCESS;
}
