#include "agent/cli/sockets.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TABLE_MAX ((size_t)1024 * 1024)
#define DIAG_BUFFER_SIZE 32768
#define COLUMN_MAX 64

/* ---- TCP ---- */

/* As /proc/net/tcp writes them: words of the machine's own byte order. */
static bool is_local(const char *address)
{
    static const char *const local[] = {
        "0100007F",
        "00000000",
        "00000000000000000000000001000000",
        "00000000000000000000000000000000",
    };
    for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
        if (strcmp(address, local[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The columns of /proc/net/tcp, separated by spaces (proc(5)). */
enum column { COLUMN_LOCAL = 1, COLUMN_STATE = 3, COLUMN_USER = 7, COLUMN_INODE = 9, COLUMNS };

/* False for a line with fewer columns, or a longer one than any of the kernel's. */
static bool split(const char *line, char columns[COLUMNS][COLUMN_MAX])
{
    const char *at = line;
    for (size_t i = 0; i < COLUMNS; i++) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " \n");
        if (length == 0 || length >= COLUMN_MAX) {
            return false;
        }
        memcpy(columns[i], at, length);
        columns[i][length] = '\0';
        at += length;
    }
    return true;
}

/* Whether the line, after its newline, is of a socket that listens on that port. */
static bool is_listener(const char *line, unsigned port, struct listener *listener)
{
    char columns[COLUMNS][COLUMN_MAX];
    if (!split(line, columns)) {
        return false;
    }
    char *local = columns[COLUMN_LOCAL];
    char *colon = strchr(local, ':');
    if (colon == NULL || strtoul(colon + 1, NULL, 16) != port ||
        strtoul(columns[COLUMN_STATE], NULL, 16) != TCP_LISTEN) {
        return false;
    }
    *colon = '\0';
    if (!is_local(local)) {
        return false;
    }
    *listener = (struct listener){
        .user = (uid_t)strtoul(columns[COLUMN_USER], NULL, 10),
        .inode = strtoull(columns[COLUMN_INODE], NULL, 10),
    };
    return true;
}

bool sockets_find_listener(const char *table, unsigned port, struct listener *listener)
{
    for (const char *line = strchr(table, '\n'); line != NULL; line = strchr(line + 1, '\n')) {
        if (is_listener(line + 1, port, listener)) {
            return true;
        }
    }
    return false;
}

bool sockets_listener(bool ipv4, unsigned port, struct listener *listener)
{
    FILE *file = fopen(ipv4 ? "/proc/self/net/tcp" : "/proc/self/net/tcp6", "re");
    char *table = file != NULL ? malloc(TABLE_MAX) : NULL;
    bool found = false;
    if (table != NULL) {
        table[fread(table, 1, TABLE_MAX - 1, file)] = '\0';
        found = sockets_find_listener(table, port, listener);
    }
    free(table);
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

/* ---- Processes ---- */

static bool read_name(const char *pid, char name[SOCKETS_PROGRAM_MAX])
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    bool ok = file != NULL && fgets(name, SOCKETS_PROGRAM_MAX, file) != NULL;
    if (file != NULL) {
        fclose(file);
    }
    for (char *c = name; ok && *c != '\0'; c++) {
        if (*c == '\n') {
            *c = '\0';
            break;
        }
        if (*c < ' ' || *c > '~') {
            *c = '?';
        }
    }
    return ok;
}

static bool has_socket(const char *pid, const char *socket)
{
    char path[PATH_MAX];
    char target[64];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL && !found; entry = readdir(folder)) {
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        found = strcmp(target, socket) == 0;
    }
    closedir(folder);
    return found;
}

/* Calls `matches` for each process until it says yes; whether it did. */
static bool find_process(bool (*matches)(const char *pid, void *context), void *context)
{
    bool found = false;
    DIR *folder = opendir("/proc");
    if (folder == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL && !found; entry = readdir(folder)) {
        found =
            entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && matches(entry->d_name, context);
    }
    closedir(folder);
    return found;
}

struct socket_search {
    char socket[64];
    struct program *program;
};

static bool has_searched_socket(const char *pid, void *context)
{
    struct socket_search *search = context;
    if (!has_socket(pid, search->socket) || !read_name(pid, search->program->name)) {
        return false;
    }
    search->program->pid = (pid_t)strtol(pid, NULL, 10);
    return true;
}

bool sockets_program(uint64_t inode, struct program *program)
{
    struct program found;
    struct socket_search search = {.program = &found};
    snprintf(search.socket, sizeof search.socket, "socket:[%" PRIu64 "]", inode);
    if (!find_process(has_searched_socket, &search)) {
        return false;
    }
    *program = found;
    return true;
}

/* The folder in /proc is root's for a program that cannot be traced; its task's own uid is told in
 * `status`. */
static bool is_ours(const char *pid)
{
    static const char key[] = "Uid:";
    char path[PATH_MAX];
    char line[256];
    bool ours = false;
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            ours = strtoul(line + strlen(key), NULL, 10) == geteuid();
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return ours;
}

static bool has_name(const char *pid, void *context)
{
    char name[SOCKETS_PROGRAM_MAX];
    return read_name(pid, name) && strcmp(name, context) == 0 && is_ours(pid);
}

bool sockets_runs(const char *name)
{
    char wanted[SOCKETS_PROGRAM_MAX];
    snprintf(wanted, sizeof wanted, "%s", name);
    return find_process(has_name, wanted);
}

/* ---- Unix sockets ---- */

struct peers {
    const char *path;
    uint64_t inodes[SOCKETS_PEERS_MAX];
    size_t count;
};

/* A socket that pcscd accepted has the path as its name, and a peer. */
static void note_peer(struct nlmsghdr *header, struct peers *peers)
{
    struct unix_diag_msg *message = NLMSG_DATA(header);
    int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof *message));
    bool named = false;
    uint32_t peer = 0;
    for (struct rtattr *attribute = (struct rtattr *)(message + 1); RTA_OK(attribute, left);
         attribute = RTA_NEXT(attribute, left)) {
        size_t size = RTA_PAYLOAD(attribute);
        if (attribute->rta_type == UNIX_DIAG_NAME) {
            size_t length = strlen(peers->path);
            const char *name = RTA_DATA(attribute);
            named = size >= length && memcmp(name, peers->path, length) == 0 &&
                    (size == length || name[length] == '\0');
        } else if (attribute->rta_type == UNIX_DIAG_PEER && size == sizeof peer) {
            memcpy(&peer, RTA_DATA(attribute), sizeof peer);
        }
    }
    if (named && peer != 0 && peers->count < SOCKETS_PEERS_MAX) {
        peers->inodes[peers->count++] = peer;
    }
}

/* False once the kernel has told all. */
static bool take_messages(int fd, struct peers *peers)
{
    _Alignas(struct nlmsghdr) static char bytes[DIAG_BUFFER_SIZE];
    ssize_t size = recv(fd, bytes, sizeof bytes, 0);
    if (size <= 0) {
        return false;
    }
    unsigned left = (unsigned)size;
    for (struct nlmsghdr *header = (struct nlmsghdr *)(void *)bytes; NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
        if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
            return false;
        }
        note_peer(header, peers);
    }
    return true;
}

static void find_peers(struct peers *peers)
{
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.sdiag_family = AF_UNIX,
                    .udiag_states = ~0U,
                    .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER},
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) {
        return;
    }
    if (send(fd, &question, sizeof question, 0) == (ssize_t)sizeof question) {
        while (take_messages(fd, peers)) {
        }
    }
    close(fd);
}

static bool is_new(const struct program *program, const struct program *programs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (programs[i].pid == program->pid) {
            return false;
        }
    }
    return program->pid != getpid();
}

size_t sockets_peers(const char *path, struct program *programs, size_t max)
{
    struct peers peers = {.path = path};
    size_t count = 0;
    find_peers(&peers);
    for (size_t i = 0; i < peers.count && count < max; i++) {
        struct program program;
        if (sockets_program(peers.inodes[i], &program) && is_new(&program, programs, count)) {
            programs[count++] = program;
        }
    }
    return count;
}
