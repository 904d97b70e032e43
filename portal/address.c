#include "portal/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, in_port_t *port)
{
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || value > UINT16_MAX) {
        return false;
    }
    *port = htons((in_port_t)value);
    return true;
}

bool address_parse(const char *text, struct sockaddr_storage *address)
{
    char host[INET6_ADDRSTRLEN + 2];
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    in_port_t port = 0;
    if (length == 0 || length >= sizeof host || !parse_port(colon + 1, &port)) {
        return false;
    }
    memcpy(host, text, length);
    host[length] = '\0';
    struct sockaddr_storage parsed = {0};
    if (host[0] == '[' && host[length - 1] == ']') {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = port};
        host[length - 1] = '\0';
        if (inet_pton(AF_INET6, host + 1, &v6.sin6_addr) != 1) {
            return false;
        }
        memcpy(&parsed, &v6, sizeof v6);
    } else {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = port};
        if (inet_pton(AF_INET, host, &v4.sin_addr) != 1) {
            return false;
        }
        memcpy(&parsed, &v4, sizeof v4);
    }
    *address = parsed;
    return true;
}
