#include <stdlib.h>

#include "pkcs11/patience.h"

int64_t patience_ms(int64_t ms)
{
    const char *percent = getenv("PIRADI_CARD_PATIENCE");
    return percent != NULL ? ms * strtol(percent, NULL, 10) / 100 : ms;
}
