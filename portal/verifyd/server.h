/*
 * HTTP for a portal's own network: a thread for each connection, so that one who waits for a slow
 * responder keeps nobody else. A request that a browser's page could have made (one with an Origin)
 * is refused.
 */
#ifndef PIRADI_VERIFYD_SERVER_H
#define PIRADI_VERIFYD_SERVER_H

#include "base/must_use.h"
#include "portal/verifyd/service.h"

struct verifyd_server;

/* Listens and serves until verifyd_server_stop. service must outlive it. NULL, with the reason in
 * the log. */
struct verifyd_server *verifyd_server_start(struct service *service) MUST_USE;
void verifyd_server_stop(struct verifyd_server **server);

#endif
