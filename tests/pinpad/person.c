#include "tests/pinpad/person.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_SIZE 64
#define TYPE "type "

bool person_come(struct person *person, const char *path)
{
    person->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    person->listener = -1;
    size_t size = strlen(path);
    if (size >= sizeof person->address.sun_path) {
        return false;
    }
    memcpy(person->address.sun_path, path, size);
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    if (bind(fd, (const struct sockaddr *)&person->address, sizeof person->address) != 0 ||
        listen(fd, SOMAXCONN) != 0) {
        close(fd);
        return false;
    }
    person->listener = fd;
    return true;
}

void person_go(struct person *person)
{
    if (person->listener >= 0) {
        close(person->listener);
        unlink(person->address.sun_path);
        person->listener = -1;
    }
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wait_for_input(int fd, int64_t deadline_ms)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    int64_t left = deadline_ms - now_ms();
    return left > 0 && poll(&wanted, 1, (int)left) > 0;
}

/* Without its end; false when there is no whole line. */
static bool read_line(int fd, int64_t deadline_ms, char line[LINE_MAX_SIZE])
{
    size_t size = 0;
    while (size < LINE_MAX_SIZE && wait_for_input(fd, deadline_ms)) {
        if (read(fd, line + size, 1) != 1) {
            return false;
        }
        if (line[size] == '\n') {
            line[size] = '\0';
            return true;
        }
        size++;
    }
    return false;
}

static bool parse_digits(const char *text, struct digits *digits)
{
    size_t size = strlen(text);
    if (size > sizeof digits->text || strspn(text, "0123456789") != size) {
        return false;
    }
    memcpy(digits->text, text, size);
    digits->size = size;
    return true;
}

static bool parse(const char *line, enum act *act, struct digits *digits)
{
    if (strcmp(line, "cancel") == 0) {
        *act = ACT_CANCELLED;
        return true;
    }
    if (strcmp(line, "timeout") == 0) {
        *act = ACT_TIMED_OUT;
        return true;
    }
    *act = ACT_TYPED;
    return strncmp(line, TYPE, strlen(TYPE)) == 0 && parse_digits(line + strlen(TYPE), digits);
}

static void answer(int fd, const char *line)
{
    send(fd, line, strlen(line), MSG_NOSIGNAL);
}

static bool take_order(int fd, int64_t deadline_ms, enum act *act, struct digits *digits)
{
    char line[LINE_MAX_SIZE];
    if (!read_line(fd, deadline_ms, line)) {
        return false;
    }
    bool understood = parse(line, act, digits);
    answer(fd, understood ? "ok\n" : "error no such order\n");
    return understood;
}

enum act person_act(const struct person *person, unsigned timeout_s, struct digits *digits)
{
    int64_t deadline_ms = now_ms() + (int64_t)timeout_s * 1000;
    enum act act;
    while (wait_for_input(person->listener, deadline_ms)) {
        int fd = accept4(person->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            break;
        }
        bool done = take_order(fd, deadline_ms, &act, digits);
        close(fd);
        if (done) {
            return act;
        }
    }
    return ACT_TIMED_OUT;
}
