/*
 * One conversation with the extension: our version first, then its one command, then our one
 * answer. When the extension hangs up before, what is asked of the person is cancelled.
 */
#ifndef PIRADI_NATIVE_HOST_HOST_H
#define PIRADI_NATIVE_HOST_HOST_H

#include <stdbool.h>

#include "base/must_use.h"

/* The protocol's version, whose first number extensions compare with their own; then ours. */
#define HOST_VERSION "2.0.0+piradi." PIRADI_VERSION

/* Until the conversation ends. False, logged, when it could not be held. The last argument is for
 * permission_check. */
bool host_converse(int in_fd, int out_fd, bool unlisted_refused) MUST_USE;

#endif
