/*
 * How a command ends: an exit status of its own for each thing that can go wrong (piradi(1), EXIT
 * STATUS), the code that `--json` gives it, and a sentence for the person. The failures of
 * base/status.h, and those that only a command line can have.
 */
#ifndef PIRADI_CLI_OUTCOME_H
#define PIRADI_CLI_OUTCOME_H

#include "base/status.h"

/* Beside base/status.h. The numbers are exit statuses, for scripts to rely on. */
enum fault {
    FAULT_PROBLEM_FOUND = 1, /* `doctor` has something to say */
    FAULT_USAGE = 2,
    FAULT_NO_AGENT = 3,
    FAULT_UNREADABLE = 4,
    FAULT_UNWRITABLE = 5,
    FAULT_EXISTS = 6,
    FAULT_FORMAT = 7,
    FAULT_NO_TRUST = 8,
    FAULT_ORIGINAL = 9,
    FAULT_CONFIG = 19,
    FAULT_INTERRUPTED = 130, /* as a shell has it for SIGINT */
};

struct outcome {
    int exit_status;      /* 0 only for STATUS_OK */
    const char *code;     /* static, e.g. "NO_CARD" or "FILE_EXISTS" */
    const char *sentence; /* static, translated */
};

struct outcome outcome_of_status(enum status status);
struct outcome outcome_of_fault(enum fault fault);

#endif
