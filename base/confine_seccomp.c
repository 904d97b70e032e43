#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/confine_profile.h"

#define REFUSED SCMP_ACT_ERRNO(EPERM)
#define DOMAINS 64 /* bits of confine_rules.domains; the kernel's AF_MAX is below */

/*
 * A list of what is refused, not of what is allowed: which harmless calls a process makes changes
 * with the C library, GTK, the PKCS#11 module that is configured and the sanitizers, and a filter
 * that breaks with an update gets switched off.
 */
static const int never[] = {
#ifndef PIRADI_SANITIZED /* the leak sanitizer stops its own process by ptrace */
    SCMP_SYS(ptrace),
#endif
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kcmp),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(add_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(request_key),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(move_mount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsmount),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(personality),
};

static const int starting[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
};

static const int listening[] = {
    SCMP_SYS(bind),
    SCMP_SYS(listen),
};

static const int any_socket[] = {
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
};

static bool refuse_all(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = seccomp_rule_add(filter, REFUSED, calls[i], 0);
    }
    return result == 0;
}

/* The kernel looks at the lower half of the register alone, the filter at all of it: what is set
 * above makes a number that is too large, and is refused with those. */
static bool refuse_domains(scmp_filter_ctx filter, uint64_t allowed)
{
    int result =
        seccomp_rule_add(filter, REFUSED, SCMP_SYS(socket), 1, SCMP_A0_64(SCMP_CMP_GE, DOMAINS, 0));
    for (unsigned domain = 0; result == 0 && domain < DOMAINS; domain++) {
        if ((allowed >> domain & 1) == 0) {
            result = seccomp_rule_add(filter, REFUSED, SCMP_SYS(socket), 1,
                                      SCMP_A0_64(SCMP_CMP_EQ, domain, 0));
        }
    }
    return result == 0;
}

/* clone3's flags lie in memory, where a filter cannot see them; without it, clone is used. */
static bool refuse_user_namespaces(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, REFUSED, SCMP_SYS(clone), 1,
                            SCMP_A0_64(SCMP_CMP_MASKED_EQ, (scmp_datum_t)CLONE_NEWUSER,
                                       (scmp_datum_t)CLONE_NEWUSER)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

/* A program that a person started by hand shares its terminal with a shell. */
static bool refuse_typing(scmp_filter_ctx filter)
{
    static const scmp_datum_t low_half = 0xFFFFFFFF;
    return seccomp_rule_add(filter, REFUSED, SCMP_SYS(ioctl), 1,
                            SCMP_A1_64(SCMP_CMP_MASKED_EQ, low_half, (scmp_datum_t)TIOCSTI)) == 0 &&
           seccomp_rule_add(filter, REFUSED, SCMP_SYS(ioctl), 1,
                            SCMP_A1_64(SCMP_CMP_MASKED_EQ, low_half, (scmp_datum_t)TIOCLINUX)) == 0;
}

static bool add_rules(scmp_filter_ctx filter, const struct confine_rules *rules)
{
    return seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
           seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
           refuse_all(filter, never, sizeof never / sizeof *never) &&
           refuse_user_namespaces(filter) && refuse_typing(filter) &&
           refuse_domains(filter, rules->domains) &&
           (rules->starts || refuse_all(filter, starting, sizeof starting / sizeof *starting)) &&
           (rules->serves_tcp ||
            refuse_all(filter, listening, sizeof listening / sizeof *listening)) &&
           (rules->domains != 0 ||
            refuse_all(filter, any_socket, sizeof any_socket / sizeof *any_socket));
}

bool confine_calls(const struct confine_rules *rules)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        errno = ENOMEM;
        return false;
    }
    bool ok = add_rules(filter, rules);
    if (!ok) {
        errno = EINVAL;
    }
    int result = ok ? seccomp_load(filter) : 0;
    seccomp_release(filter);
    if (result != 0) {
        errno = -result;
    }
    return ok && result == 0;
}
