/*
 * How each of our processes locks itself in (rule A8 of docs/security.md): with libseccomp, which
 * is mandatory, and with Landlock where the kernel has it. What a profile gives up cannot be had
 * back, and children inherit the loss; so what the agent keeps is what all its programs need
 * together.
 *
 * A refused system call fails with EPERM, a refused file with EACCES. Every profile loses what no
 * program of ours does: to trace or read other processes, to make namespaces or mounts, io_uring,
 * bpf, kernel keys, typing into the terminal, signals to strangers; and writes only below the
 * folders named here.
 *
 *     profile    sockets it may make          may start           writes below
 *     agent      Unix                         its own programs    $TMPDIR, $XDG_RUNTIME_DIR,
 *                                                             /dev/pts (to ask in)
 *     bridge     Unix, netlink (who calls?)   nothing             $TMPDIR
 *     worker     Unix (pcscd)                 nothing             nowhere
 *     prompt     Unix (the desktop)           nothing             $XDG_RUNTIME_DIR
 *     document   none                         the renderer        nowhere
 *     portal     Unix, internet               nothing             its own folder, $TMPDIR
 *
 * The bridge reads only what the system installed and its temporary files, the document process
 * only what a renderer needs. An unset TMPDIR is /var/tmp.
 */
#ifndef PIRADI_CONFINE_H
#define PIRADI_CONFINE_H

#include <stdbool.h>

#include "base/must_use.h"

enum confine_profile {
    CONFINE_AGENT,
    CONFINE_BRIDGE,
    CONFINE_WORKER,
    CONFINE_PROMPT,
    CONFINE_DOCUMENT,
    CONFINE_PORTAL,
};

/*
 * Locks this process in. Call it after set-up, before the first untrusted byte and before the first
 * thread: Landlock binds the calling thread and what it starts. `own` is a path that stays open
 * besides: the portal's data folder (read and write), the document process's file (read; a path
 * through /proc/self/fd is good); otherwise NULL.
 *
 * False, with a line in the log, if the kernel refuses; the process must end then. A kernel without
 * Landlock is told in the log and is no failure.
 */
bool confine(enum confine_profile profile, const char *own) MUST_USE;

#endif
