#include "letters/level.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
    [LEVEL_B] = "B", [LEVEL_T] = "T", [LEVEL_LT] = "LT", [LEVEL_LTA] = "LTA"};

const char *level_name(enum level level)
{
    return names[level];
}

bool level_from_name(const char *name, enum level *level)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *level = (enum level)i;
            return true;
        }
    }
    return false;
}
