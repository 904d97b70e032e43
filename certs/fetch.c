#include "certs/fetch.h"

#include <string.h>

static const char *after_scheme(const char *url)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncmp(url, schemes[i], strlen(schemes[i])) == 0) {
            return url + strlen(schemes[i]);
        }
    }
    return NULL;
}

bool fetch_url_is_allowed(const char *url)
{
    const char *authority =
        strnlen(url, FETCH_URL_MAX + 1) <= FETCH_URL_MAX ? after_scheme(url) : NULL;
    if (authority == NULL) {
        return false;
    }
    size_t length = strcspn(authority, "/?#");
    if (length == 0 || memchr(authority, '@', length) != NULL) {
        return false;
    }
    for (const char *c = authority; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 0x7f) {
            return false;
        }
    }
    return true;
}
