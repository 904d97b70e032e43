/* What a hostile document cannot do to the process that reads it (rules A8 and A9). */
#ifndef PIRADI_DOCUMENT_CONFINE_H
#define PIRADI_DOCUMENT_CONFINE_H

#include <stdbool.h>

#include "base/must_use.h"

/*
 * From here on, for this process and its children: no new socket, no connection, no look into
 * another process; bounded memory, processor time and size of files. Call it before the first
 * untrusted byte. False, with a line in the log, if the kernel refuses.
 */
bool confine_document(void) MUST_USE;

/*
 * For the child that renders, between fork and exec: dies with its parent, fewer descriptors, less
 * time, writes no file. Async-signal-safe.
 */
bool confine_renderer(void) MUST_USE;

#endif
