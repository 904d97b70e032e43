#include "agent/listen_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/program.h"

#define BACKLOG 16
#define SYSTEMD_FIRST_FD 3 /* SD_LISTEN_FDS_START of sd_listen_fds(3) */

static struct sockaddr_un bound = {.sun_family = AF_UNIX}; /* empty path: nothing to remove */

static bool lock_for_this_process(void)
{
    char path[PATH_MAX];
    if (!program_runtime_path("agent.lock", path)) {
        return false;
    }
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        log_error("cannot open %s: %s", path, strerror(errno));
        return false;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_error("%s", errno == EWOULDBLOCK ? "another piradi-agent of this user is running"
                                             : strerror(errno));
        close(fd);
        return false;
    }
    return true;
}

static bool was_handed_over(void)
{
    char own_pid[3 * sizeof(pid_t) + 1];
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    snprintf(own_pid, sizeof own_pid, "%ld", (long)getpid());
    return pid != NULL && count != NULL && strcmp(pid, own_pid) == 0 && strcmp(count, "1") == 0;
}

static int take_handed_over(void)
{
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(SYSTEMD_FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
        listening == 0 || fcntl(SYSTEMD_FIRST_FD, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(SYSTEMD_FIRST_FD, F_SETFL, O_NONBLOCK) != 0) {
        log_error("descriptor 3, handed over as LISTEN_FDS says, is no listening socket");
        return -1;
    }
    return SYSTEMD_FIRST_FD;
}

static int bind_own(void)
{
    char path[PATH_MAX];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!program_runtime_path("agent.sock", path) || strlen(path) >= sizeof address.sun_path) {
        log_error("no place for a socket: XDG_RUNTIME_DIR is wrong or too long");
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177);
    bool ok = fd >= 0 && (unlink(path) == 0 || errno == ENOENT) &&
              bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
              listen(fd, BACKLOG) == 0;
    (void)umask(before);
    if (!ok) {
        log_error("cannot listen at %s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    bound = address;
    return fd;
}

int listen_socket_open(void)
{
    if (!lock_for_this_process()) {
        return -1;
    }
    return was_handed_over() ? take_handed_over() : bind_own();
}

void listen_socket_remove(void)
{
    if (bound.sun_path[0] != '\0') {
        unlink(bound.sun_path);
        bound.sun_path[0] = '\0';
    }
}
