#include "base/status.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *code;
    int http;
} statuses[] = {
#define STATUS_ROW(code, http) {#code, http},
    STATUS_LIST (STATUS_ROW)
#undef STATUS_ROW
};

static const size_t status_count = sizeof statuses / sizeof *statuses;

static size_t row_of(enum status status)
{
    return (size_t)status < status_count ? (size_t)status : (size_t)STATUS_INTERNAL;
}

const char *status_code(enum status status)
{
    return statuses[row_of(status)].code;
}

int status_http(enum status status)
{
    return statuses[row_of(status)].http;
}

bool status_from_code(const char *code, enum status *status)
{
    for (size_t i = 0; i < status_count; i++) {
        if (strcmp(statuses[i].code, code) == 0) {
            *status = (enum status)i;
            return true;
        }
    }
    return false;
}
