/*
 * How long the bridge waits. Every deadline passes through here, so that a build for tests alone
 * can be told by the environment to be in a hurry (patience_test.c); an installed bridge never is.
 */
#ifndef PIRADI_BRIDGE_PATIENCE_H
#define PIRADI_BRIDGE_PATIENCE_H

#include <stdint.h>

/* That many milliseconds, or the fraction of them that a test has asked for. */
uint64_t patience(uint64_t milliseconds);

#endif
