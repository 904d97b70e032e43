#include "browser-bridge/patience.h"

uint64_t patience(uint64_t milliseconds)
{
    return milliseconds;
}
