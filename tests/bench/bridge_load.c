/*
 * A client that asks one HTTP server the same thing again and again over connections that it keeps,
 * each with one request at a time, and tells how often it was answered and how long that took.
 *
 *     bridge-load PORT CONNECTIONS SECONDS FILE
 *
 * FILE has the request, to the byte. Prints `RATE P50 P99`: answers a second, and microseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX 4096
#define ANSWER_MAX 8192
#define TIMES_MAX (8 * 1024 * 1024)
#define EVENTS_MAX 64

struct client {
    int fd;
    size_t received;
    uint64_t asked_ns;
    char answer[ANSWER_MAX];
};

static char request[REQUEST_MAX];
static size_t request_size;
static uint32_t *times_us;
static size_t times_count;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static bool ask(struct client *client)
{
    client->received = 0;
    client->asked_ns = now_ns();
    return send(client->fd, request, request_size, MSG_NOSIGNAL) == (ssize_t)request_size;
}

/* The size of a whole answer that these bytes begin; 0 when it cannot be told yet. */
static size_t answer_size(const char *bytes, size_t size)
{
    static const char name[] = "Content-Length: ";
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    const char *length = memmem(bytes, size, name, strlen(name));
    if (end == NULL || length == NULL || length > end) {
        return 0;
    }
    return (size_t)(end + 4 - bytes) + strtoul(length + strlen(name), NULL, 10);
}

/* False when the server says anything but yes. */
static bool take(struct client *client)
{
    ssize_t got =
        recv(client->fd, client->answer + client->received, ANSWER_MAX - client->received, 0);
    if (got <= 0) {
        return got < 0 && errno == EAGAIN;
    }
    client->received += (size_t)got;
    size_t size = answer_size(client->answer, client->received);
    if (size == 0 || client->received < size) {
        return client->received < ANSWER_MAX;
    }
    if (size != client->received || memcmp(client->answer, "HTTP/1.1 200 ", 13) != 0) {
        return false;
    }
    if (times_count < TIMES_MAX) {
        times_us[times_count++] = (uint32_t)((now_ns() - client->asked_ns) / 1000);
    }
    return ask(client);
}

static bool begin(struct client *client, int epoll, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return client->fd >= 0 &&
           connect(client->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
           epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) == 0 && ask(client);
}

static bool run(int epoll, uint64_t until_ns)
{
    struct epoll_event events[EVENTS_MAX];
    while (now_ns() < until_ns) {
        int count = epoll_wait(epoll, events, EVENTS_MAX, 1000);
        for (int i = 0; i < count; i++) {
            if (!take(events[i].data.ptr)) {
                return false;
            }
        }
    }
    return true;
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static bool read_request(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    request_size = fread(request, 1, sizeof request, file);
    fclose(file);
    return request_size > 0 && request_size < sizeof request;
}

static bool measure(uint16_t port, size_t connections, uint64_t seconds)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct client *clients = calloc(connections, sizeof *clients);
    times_us = calloc(TIMES_MAX, sizeof *times_us);
    bool good = epoll >= 0 && clients != NULL && times_us != NULL;
    for (size_t i = 0; good && i < connections; i++) {
        good = begin(&clients[i], epoll, port);
    }
    good = good && run(epoll, now_ns() + seconds * 1000000000U);
    if (good && times_count > 0) {
        qsort(times_us, times_count, sizeof *times_us, compare);
        printf("%.0f %u %u\n", (double)times_count / (double)seconds, times_us[times_count / 2],
               times_us[times_count * 99 / 100]);
    }
    free(times_us);
    free(clients);
    return good && times_count > 0;
}

int main(int argc, char **argv)
{
    if (argc != 5 || !read_request(argv[4]) ||
        !measure((uint16_t)strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10),
                 strtoul(argv[3], NULL, 10))) {
        fputs("bridge-load: it could not be measured\n", stderr);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
