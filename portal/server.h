/*
 * HTTPS: libmicrohttpd with one thread of its own. Every request passes portal/head.h, then the
 * session, the CSRF token and the limits of its route, before its body is read; every answer gets
 * the headers of rule P5.
 */
#ifndef PIRADI_PORTAL_SERVER_H
#define PIRADI_PORTAL_SERVER_H

#include "base/must_use.h"
#include "portal/portal.h"

struct server;

/* Listens and serves, until server_stop. portal must outlive it. NULL, with the reason in the log.
 */
struct server *server_start(struct portal *portal) MUST_USE;
void server_stop(struct server **server);

#endif
