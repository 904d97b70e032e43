/*
 * A fuzz target is libFuzzer's one function. Built with -fsanitize=fuzzer-no-link (PIRADI_SANITIZE)
 * it becomes a libFuzzer program; otherwise replay.c runs it on its seeds and on mutations of them
 * that are the same each time.
 */
#ifndef PIRADI_BRIDGE_FUZZ_H
#define PIRADI_BRIDGE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* What must hold for every input; also where assert is compiled out. */
#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Good inputs to begin with, for replay.c; the list ends with NULL. */
extern const char *const fuzz_seeds[];
/* Seeds begin with a native message's length, which replay.c then writes. */
extern const int fuzz_seeds_are_messages;

#endif
