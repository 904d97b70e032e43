#include "agent/document/confine.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"
#include "letters/mapping.h"

#define CPU_SECONDS_MAX 60
#define RENDERER_MEMORY_MAX (1024UL * 1024 * 1024)
#define RENDERER_CPU_SECONDS_MAX 10
#define DESCRIPTORS_MAX 32
/* A signature's room and the objects rewritten with it, beside the document. */
#define FILE_SIZE_MAX (DOCUMENT_SIZE_MAX + 32UL * 1024 * 1024)

static bool limit(int resource, rlim_t value)
{
    const struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

static bool deny_calls(void)
{
    static const int calls[] = {
        SCMP_SYS(socket),
        SCMP_SYS(socketpair),
        SCMP_SYS(connect),
        SCMP_SYS(bind),
        SCMP_SYS(listen),
        SCMP_SYS(accept),
        SCMP_SYS(accept4),
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(pidfd_getfd),
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(bpf),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(userfaultfd),
        SCMP_SYS(keyctl),
        SCMP_SYS(unshare),
        SCMP_SYS(setns),
        SCMP_SYS(mount),
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        return false;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof calls / sizeof *calls; i++) {
        ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), calls[i], 0) == 0;
    }
    ok = ok && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok;
}

bool confine_document(void)
{
    signal(SIGXFSZ, SIG_IGN); /* a full disk and a full file are one answer: EFBIG */
    if (!limit(RLIMIT_AS, DOCUMENT_MEMORY_MAX) || !limit(RLIMIT_CPU, CPU_SECONDS_MAX) ||
        !limit(RLIMIT_FSIZE, FILE_SIZE_MAX) || !limit(RLIMIT_NOFILE, DESCRIPTORS_MAX) ||
        !deny_calls()) {
        log_error("cannot confine this process: %s", strerror(errno));
        return false;
    }
    return true;
}

bool confine_renderer(void)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
           limit(RLIMIT_AS, RENDERER_MEMORY_MAX) && limit(RLIMIT_CPU, RENDERER_CPU_SECONDS_MAX) &&
           limit(RLIMIT_FSIZE, 0);
}
