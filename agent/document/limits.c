#include "agent/document/limits.h"

#include <errno.h>
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

/* Never more than whoever started this process allows. */
static bool limit(__rlimit_resource_t resource, rlim_t value)
{
    struct rlimit both;
    if (getrlimit(resource, &both) != 0) {
        return false;
    }
    rlim_t most = both.rlim_max < value ? both.rlim_max : value;
    both = (struct rlimit){.rlim_cur = most, .rlim_max = most};
    return setrlimit(resource, &both) == 0;
}

bool limit_document(void)
{
    signal(SIGXFSZ, SIG_IGN); /* a full disk and a full file are one answer: EFBIG */
    if (!limit(RLIMIT_AS, DOCUMENT_MEMORY_MAX) || !limit(RLIMIT_CPU, CPU_SECONDS_MAX) ||
        !limit(RLIMIT_FSIZE, FILE_SIZE_MAX) || !limit(RLIMIT_NOFILE, DESCRIPTORS_MAX)) {
        log_error("cannot limit this process: %s", strerror(errno));
        return false;
    }
    return true;
}

bool limit_renderer(void)
{
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
           limit(RLIMIT_AS, RENDERER_MEMORY_MAX) && limit(RLIMIT_CPU, RENDERER_CPU_SECONDS_MAX) &&
           limit(RLIMIT_FSIZE, 0);
}
