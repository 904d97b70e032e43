/* What confine.h's profiles consist of: data of confine_linux.c, read by confine_seccomp.c and
 * confine_landlock.c. */
#ifndef PIRADI_CONFINE_PROFILE_H
#define PIRADI_CONFINE_PROFILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must_use.h"

/* What may be done with files, as Landlock knows it (confine_landlock.c has the bits). */
enum confine_right {
    CONFINE_READ = 1,
    CONFINE_WRITE = 2, /* and make, remove and truncate */
    CONFINE_EXECUTE = 4,
};

/* A path, with all below it, to which a right stays. */
struct confine_opening {
    const char *path;                    /* or, where this is NULL: */
    bool (*locate)(char path[PATH_MAX]); /* false: there is no such place here */
    unsigned rights;
};

struct confine_rules {
    uint64_t domains;                       /* of new sockets: a bit for each AF_… */
    bool serves_tcp;                        /* may bind, listen and connect on */
    bool starts;                            /* may execute, where Landlock lets it */
    unsigned closed;                        /* rights that hold only at an opening */
    unsigned own_rights;                    /* at confine()'s `own` */
    const struct confine_opening *openings; /* the last one has no rights */
};

/* False if the kernel refuses; errno says why. */
bool confine_calls(const struct confine_rules *rules) MUST_USE;

/* The same, and *supported tells whether this kernel has Landlock; without it nothing is done. */
bool confine_files(const struct confine_rules *rules, const char *own, bool *supported) MUST_USE;

#endif
