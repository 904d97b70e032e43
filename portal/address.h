/* Where a service listens, as its configuration says it. */
#ifndef PIRADI_PORTAL_ADDRESS_H
#define PIRADI_PORTAL_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/must_use.h"

/* ADDRESS:PORT, an IPv6 address in brackets. Names are not looked up. False, and *address
 * untouched, for anything else. */
bool address_parse(const char *text, struct sockaddr_storage *address) MUST_USE;

#endif
