/* Configuration is believed only where nobody else can have written it. */
#ifndef PIRADI_TRUSTED_FILE_H
#define PIRADI_TRUSTED_FILE_H

#include <stdbool.h>

#include "base/must_use.h"

/* A regular file of root's or this user's, which no group and nobody else may write. */
bool file_is_trusted(int fd) MUST_USE;

#endif
