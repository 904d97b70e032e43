#include "base/confine.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>

#include "base/confine_profile.h"
#include "base/log.h"
#include "base/program.h"

#define DOMAIN(family) (UINT64_C(1) << (family))

static bool copy_path(const char *from, char path[PATH_MAX])
{
    int length = from != NULL && from[0] == '/' ? snprintf(path, PATH_MAX, "%s", from) : -1;
    return length > 0 && length < PATH_MAX;
}

static bool our_programs(char path[PATH_MAX])
{
    return program_path("", path);
}

/* The dynamic loader, which the kernel opens to execute beside each program. */
static bool loader(char path[PATH_MAX])
{
    Dl_info found;
    const void *base = (const void *)(uintptr_t)getauxval(AT_BASE);
    return base != NULL && dladdr(base, &found) != 0 && copy_path(found.dli_fname, path);
}

static bool temporary_folder(char path[PATH_MAX])
{
    const char *folder = getenv("TMPDIR");
    return copy_path(folder != NULL ? folder : "/var/tmp", path);
}

static bool runtime_folder(char path[PATH_MAX])
{
    return copy_path(getenv("XDG_RUNTIME_DIR"), path);
}

#ifdef PIRADI_TEST_BUILD
/* SoftHSM, which tests put in the card's place, counts wrong PINs in its token's files. */
static bool software_token(char path[PATH_MAX])
{
    char *slash = copy_path(getenv("SOFTHSM2_CONF"), path) ? strrchr(path, '/') : NULL;
    if (slash != NULL) {
        *slash = '\0';
    }
    return slash != NULL;
}
#endif

/* The leak sanitizer reads this process's maps. */
#ifdef PIRADI_SANITIZED
#define SANITIZER_READ CONFINE_READ
#else
#define SANITIZER_READ 0
#endif

#define READ_AND_WRITE (CONFINE_READ | CONFINE_WRITE)

static const struct confine_opening agent_openings[] = {
    {.locate = our_programs, .rights = CONFINE_EXECUTE},
    {.path = PIRADI_PDFTOPPM, .rights = CONFINE_EXECUTE},
    {.locate = loader, .rights = CONFINE_EXECUTE},
    {.locate = temporary_folder, .rights = CONFINE_WRITE},
    {.locate = runtime_folder, .rights = CONFINE_WRITE},
    {.path = "/dev/pts", .rights = CONFINE_WRITE}, /* a terminal to ask in */
    {.path = "/dev/null", .rights = CONFINE_WRITE},
    {.rights = 0},
};

static const struct confine_opening bridge_openings[] = {
    {.path = "/usr", .rights = CONFINE_READ},
    {.path = "/etc", .rights = CONFINE_READ},
    {.locate = temporary_folder, .rights = READ_AND_WRITE},
    {.path = "/dev/null", .rights = READ_AND_WRITE},
    {.path = "/proc", .rights = SANITIZER_READ},
    {.rights = 0},
};

static const struct confine_opening worker_openings[] = {
#ifdef PIRADI_TEST_BUILD
    {.locate = software_token, .rights = CONFINE_WRITE},
#endif
    {.path = "/dev/null", .rights = CONFINE_WRITE},
    {.rights = 0},
};

static const struct confine_opening prompt_openings[] = {
    {.locate = runtime_folder, .rights = CONFINE_WRITE},
    {.path = "/dev/null", .rights = CONFINE_WRITE},
    {.rights = 0},
};

static const struct confine_opening document_openings[] = {
    {.path = "/usr", .rights = CONFINE_READ},
    {.path = "/etc", .rights = CONFINE_READ},
    {.path = "/var/cache/fontconfig", .rights = CONFINE_READ},
    {.path = PIRADI_PDFTOPPM, .rights = CONFINE_EXECUTE},
    {.locate = loader, .rights = CONFINE_EXECUTE},
    {.path = "/dev/null", .rights = READ_AND_WRITE},
    {.path = "/proc", .rights = SANITIZER_READ},
    {.rights = 0},
};

static const struct confine_opening portal_openings[] = {
    {.locate = temporary_folder, .rights = CONFINE_WRITE},
    {.path = "/dev/null", .rights = CONFINE_WRITE},
    {.rights = 0},
};

static const struct confine_rules profiles[] = {
    [CONFINE_AGENT] = {.domains = DOMAIN(AF_UNIX),
                       .starts = true,
                       .closed = CONFINE_WRITE | CONFINE_EXECUTE,
                       .openings = agent_openings},
    [CONFINE_BRIDGE] = {.domains = DOMAIN(AF_UNIX) | DOMAIN(AF_NETLINK),
                        .closed = CONFINE_READ | CONFINE_WRITE | CONFINE_EXECUTE,
                        .openings = bridge_openings},
    [CONFINE_WORKER] = {.domains = DOMAIN(AF_UNIX),
                        .closed = CONFINE_WRITE | CONFINE_EXECUTE,
                        .openings = worker_openings},
    [CONFINE_PROMPT] = {.domains = DOMAIN(AF_UNIX),
                        .closed = CONFINE_WRITE | CONFINE_EXECUTE,
                        .openings = prompt_openings},
    [CONFINE_DOCUMENT] = {.starts = true,
                          .closed = CONFINE_READ | CONFINE_WRITE | CONFINE_EXECUTE,
                          .own_rights = CONFINE_READ,
                          .openings = document_openings},
    [CONFINE_PORTAL] = {.domains = DOMAIN(AF_UNIX) | DOMAIN(AF_INET) | DOMAIN(AF_INET6),
                        .serves_tcp = true,
                        .closed = CONFINE_WRITE | CONFINE_EXECUTE,
                        .own_rights = CONFINE_WRITE,
                        .openings = portal_openings},
};

bool confine(enum confine_profile profile, const char *own)
{
    const struct confine_rules *rules = &profiles[profile];
    bool has_landlock;
    if (!confine_files(rules, own, &has_landlock) || !confine_calls(rules)) {
        log_error("cannot confine this process: %s", strerror(errno));
        return false;
    }
    if (!has_landlock) {
        log_warning("this kernel has no Landlock: files are not closed to this process");
    }
    return true;
}
