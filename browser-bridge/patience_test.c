#include <stdlib.h>

#include "browser-bridge/patience.h"

uint64_t patience(uint64_t milliseconds)
{
    const char *hurry = getenv("PIRADI_BRIDGE_HURRY"); /* how many times faster */
    unsigned long times = hurry != NULL ? strtoul(hurry, NULL, 10) : 1;
    return times > 1 ? milliseconds / times : milliseconds;
}
