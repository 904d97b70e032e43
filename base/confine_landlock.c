#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine_profile.h"

/* Newer than the kernel headers of Debian 12; Linux, Documentation/userspace-api/landlock.rst. */
#define ACCESS_FS_TRUNCATE (1ULL << 14)    /* ABI 3 */
#define ACCESS_NET_BIND_TCP (1ULL << 0)    /* ABI 4 */
#define ACCESS_NET_CONNECT_TCP (1ULL << 1) /* ABI 4 */
#define SCOPE_SIGNAL (1ULL << 1)           /* ABI 6 */

#define ABI_TRUNCATE 3
#define ABI_NET 4
#define ABI_SCOPE 6

#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                                                    \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                               \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define OF_A_FILE                                                                                  \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE |   \
     ACCESS_FS_TRUNCATE)

/* struct landlock_ruleset_attr as it is from ABI 6 on; an older kernel takes it as long as what it
 * does not know is 0. */
struct ruleset {
    uint64_t files;
    uint64_t net;
    uint64_t scopes;
};

static uint64_t bits_of(unsigned rights, long abi)
{
    uint64_t writing = WRITING | (abi >= ABI_TRUNCATE ? ACCESS_FS_TRUNCATE : 0);
    return ((rights & CONFINE_READ) != 0 ? READING : 0) |
           ((rights & CONFINE_WRITE) != 0 ? writing : 0) |
           ((rights & CONFINE_EXECUTE) != 0 ? LANDLOCK_ACCESS_FS_EXECUTE : 0);
}

/* False with errno; a pipe or a memory file, which nobody mounted, is EBADFD. */
static bool add_rule(int ruleset, int fd, uint64_t bits)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = bits, .parent_fd = fd};
    struct stat found;
    if (fstat(fd, &found) != 0) {
        return false;
    }
    if (!S_ISDIR(found.st_mode)) {
        rule.allowed_access &= OF_A_FILE;
    }
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* A place that is not there, or that Landlock never closes, needs no opening. */
static bool open_path(int ruleset, const char *path, uint64_t bits)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    }
    bool ok = add_rule(ruleset, fd, bits) || errno == EBADFD;
    close(fd);
    return ok;
}

static bool open_all(int ruleset, const struct confine_rules *rules, const char *own, long abi)
{
    uint64_t closed = bits_of(rules->closed, abi);
    for (const struct confine_opening *opening = rules->openings; opening->rights != 0; opening++) {
        char located[PATH_MAX];
        const char *path = opening->path;
        if (path == NULL) {
            path = opening->locate(located) ? located : NULL;
        }
        if (path != NULL && !open_path(ruleset, path, bits_of(opening->rights, abi) & closed)) {
            return false;
        }
    }
    return own == NULL || open_path(ruleset, own, bits_of(rules->own_rights, abi) & closed);
}

bool confine_files(const struct confine_rules *rules, const char *own, bool *supported)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    *supported = abi >= 1;
    if (!*supported) {
        return true;
    }
    struct ruleset attributes = {.files = bits_of(rules->closed, abi)};
    if (abi >= ABI_NET && !rules->serves_tcp) {
        attributes.net = ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP;
    }
    if (abi >= ABI_SCOPE) {
        attributes.scopes = SCOPE_SIGNAL;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0) {
        return false;
    }
    bool ok =
        open_all(ruleset, rules, own, abi) && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close(ruleset);
    return ok;
}
