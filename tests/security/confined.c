/*
 * confined PROFILE ACT: locks itself in as PROFILE does ("none": not at all), tries ACT and says
 * `done`, `refused` (EPERM, EACCES, ENOSYS) or another error's name. For
 * tests/security/confined.py.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/program.h"

#define NOT_TRIED 99 /* the exit status, of no program that an act starts */

/* What an act needs from before the lock, as a hijacked process would have it. */
struct before {
    int listener; /* TCP, on a free port of 127.0.0.1 */
    int accepted; /* a connection that came in */
    struct sockaddr_in address;
};

static long inet(const struct before *before)
{
    (void)before;
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long inet6(const struct before *before)
{
    (void)before;
    return socket(AF_INET6, SOCK_DGRAM, 0);
}

/* The kernel takes the lower 32 bits alone. */
static long inet_in_disguise(const struct before *before)
{
    (void)before;
    return syscall(SYS_socket, (1L << 32) | AF_INET, SOCK_STREAM, 0);
}

static long netlink(const struct before *before)
{
    (void)before;
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long alg(const struct before *before)
{
    (void)before;
    return socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static long local(const struct before *before)
{
    (void)before;
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long local_pair(const struct before *before)
{
    (void)before;
    int ends[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static long bind_port(const struct before *before)
{
    const struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = dup(before->listener);
    return bind(fd, (const struct sockaddr *)&any, sizeof any) == 0 || errno == EINVAL ? 0 : -1;
}

/* A connection that came in is let go and goes out instead. */
static long connect_anew(const struct before *before)
{
    const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
    if (connect(before->accepted, &nothing, sizeof nothing) != 0) {
        return -1;
    }
    return connect(before->accepted, (const struct sockaddr *)&before->address,
                   sizeof before->address);
}

static long run(const char *path)
{
    char *const arguments[] = {(char *)(uintptr_t)path, NULL};
    char *const environment[] = {NULL};
    return execve(path, arguments, environment);
}

static long program(const struct before *before)
{
    (void)before;
    return run("/bin/true");
}

static long program_by_descriptor(const struct before *before)
{
    (void)before;
    char *const arguments[] = {NULL};
    int fd = open("/bin/true", O_PATH);
    return syscall(SYS_execveat, fd, "", arguments, arguments, AT_EMPTY_PATH);
}

static long renderer(const struct before *before)
{
    (void)before;
    return run(PIRADI_PDFTOPPM);
}

static long sibling(const struct before *before)
{
    (void)before;
    char path[4096];
    return program_path("confined-sibling", path) ? run(path) : -1;
}

static long trace(const struct before *before)
{
    (void)before;
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long read_memory(const struct before *before)
{
    (void)before;
    return process_vm_readv(getpid(), NULL, 0, NULL, 0, 0);
}

static long take_descriptor(const struct before *before)
{
    (void)before;
    int process = (int)syscall(SYS_pidfd_open, getpid(), 0);
    return syscall(SYS_pidfd_getfd, process, 0, 0);
}

static long io_uring(const struct before *before)
{
    (void)before;
    syscall(SYS_io_uring_setup, 0, NULL);
    return errno == EPERM || errno == ENOSYS ? -1 : 0;
}

static long user_namespace(const struct before *before)
{
    (void)before;
    return unshare(CLONE_NEWUSER);
}

static long reap(long child)
{
    if (child == 0) {
        _exit(0);
    }
    return child < 0 ? -1 : waitpid((pid_t)child, NULL, 0) == child ? 0 : -1;
}

static long user_namespace_of_a_child(const struct before *before)
{
    (void)before;
    return reap(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
}

static long user_namespace_by_clone3(const struct before *before)
{
    (void)before;
    struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    return reap(syscall(SYS_clone3, &arguments, sizeof arguments));
}

static long fork_child(const struct before *before)
{
    (void)before;
    return reap(fork());
}

static long type_for_the_shell(const struct before *before)
{
    (void)before;
    ioctl(STDIN_FILENO, TIOCSTI, "x");
    return errno == EPERM ? -1 : 0; /* without a terminal: ENOTTY */
}

static long signal_stranger(const struct before *before)
{
    (void)before;
    return kill(getppid(), 0);
}

static long make(const char *variable)
{
    char path[4096];
    const char *folder = getenv(variable);
    snprintf(path, sizeof path, "%s/made-by-confined", folder != NULL ? folder : "/nowhere");
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static long write_home(const struct before *before)
{
    (void)before;
    return make("HOME");
}

static long write_temporary(const struct before *before)
{
    (void)before;
    return make("TMPDIR");
}

static long write_runtime(const struct before *before)
{
    (void)before;
    return make("XDG_RUNTIME_DIR");
}

static long write_own(const struct before *before)
{
    (void)before;
    return make("CONFINED_OWN");
}

static long home_file(int flags)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/letter", getenv("HOME"));
    return open(path, flags);
}

static long read_home(const struct before *before)
{
    (void)before;
    return home_file(O_RDONLY);
}

static long shorten_home(const struct before *before)
{
    (void)before;
    return home_file(O_RDONLY | O_TRUNC);
}

static long remove_home(const struct before *before)
{
    (void)before;
    char path[4096];
    snprintf(path, sizeof path, "%s/letter", getenv("HOME"));
    return unlink(path);
}

static long read_system(const struct before *before)
{
    (void)before;
    return open("/etc/passwd", O_RDONLY);
}

static const struct {
    const char *name;
    long (*attempt)(const struct before *before);
} acts[] = {
    {"alg", alg},
    {"bind", bind_port},
    {"connect-anew", connect_anew},
    {"fork", fork_child},
    {"inet", inet},
    {"inet-in-disguise", inet_in_disguise},
    {"inet6", inet6},
    {"io-uring", io_uring},
    {"local", local},
    {"local-pair", local_pair},
    {"netlink", netlink},
    {"read-home", read_home},
    {"read-memory", read_memory},
    {"read-system", read_system},
    {"remove-home", remove_home},
    {"renderer", renderer},
    {"program", program},
    {"program-by-descriptor", program_by_descriptor},
    {"shorten-home", shorten_home},
    {"sibling", sibling},
    {"signal-stranger", signal_stranger},
    {"take-descriptor", take_descriptor},
    {"trace", trace},
    {"type-for-the-shell", type_for_the_shell},
    {"user-namespace", user_namespace},
    {"user-namespace-by-clone3", user_namespace_by_clone3},
    {"user-namespace-of-a-child", user_namespace_of_a_child},
    {"write-home", write_home},
    {"write-own", write_own},
    {"write-runtime", write_runtime},
    {"write-temporary", write_temporary},
};

static const struct {
    const char *name;
    enum confine_profile profile;
    bool has_own;
} profiles[] = {
    {"agent", CONFINE_AGENT, false},      {"bridge", CONFINE_BRIDGE, false},
    {"document", CONFINE_DOCUMENT, true}, {"portal", CONFINE_PORTAL, true},
    {"prompt", CONFINE_PROMPT, false},    {"worker", CONFINE_WORKER, false},
};

static bool prepare(struct before *before)
{
    socklen_t size = sizeof before->address;
    before->address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    before->listener = socket(AF_INET, SOCK_STREAM, 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(before->listener, (struct sockaddr *)&before->address, size) != 0 ||
        listen(before->listener, 4) != 0 ||
        getsockname(before->listener, (struct sockaddr *)&before->address, &size) != 0 ||
        connect(client, (struct sockaddr *)&before->address, size) != 0) {
        return false;
    }
    before->accepted = accept(before->listener, NULL, NULL);
    return before->accepted >= 0;
}

static bool lock_in(const char *name)
{
    if (strcmp(name, "none") == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        if (strcmp(profiles[i].name, name) == 0) {
            const char *own = profiles[i].has_own ? getenv("CONFINED_OWN") : NULL;
            return program_begin("confined") && confine(profiles[i].profile, own);
        }
    }
    return false;
}

static int attempt(const char *name, const struct before *before)
{
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(acts[i].name, name) == 0) {
            errno = 0;
            long result = acts[i].attempt(before);
            bool refused = errno == EPERM || errno == EACCES || errno == ENOSYS;
            puts(result >= 0 ? "done" : refused ? "refused" : strerrorname_np(errno));
            return EXIT_SUCCESS;
        }
    }
    return NOT_TRIED;
}

int main(int argc, char **argv)
{
    struct before before;
    if (argc != 3 || !prepare(&before) || !lock_in(argv[1])) {
        return NOT_TRIED;
    }
    return attempt(argv[2], &before);
}
