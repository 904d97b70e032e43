/* How much of the machine a hostile document can take from the process that reads it (rule A9). */
#ifndef PIRADI_DOCUMENT_LIMITS_H
#define PIRADI_DOCUMENT_LIMITS_H

#include <stdbool.h>

#include "base/must_use.h"

/*
 * From here on, for this process and its children: bounded memory, processor time, descriptors and
 * size of files. Call it before the first untrusted byte. False, with a line in the log, if the
 * kernel refuses.
 */
bool limit_document(void) MUST_USE;

/*
 * For the child that renders, between fork and exec: dies with its parent, less time, writes no
 * file. Async-signal-safe.
 */
bool limit_renderer(void) MUST_USE;

#endif
