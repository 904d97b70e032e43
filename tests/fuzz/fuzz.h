/*
 * What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html), and replay.c where a target is built
 * without it: one input. Always 0. It must leave nothing behind.
 */
#ifndef PIRADI_TESTS_FUZZ_FUZZ_H
#define PIRADI_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
