/* What every request to the agent says of who asks (docs/protocols.md, "Client to agent"). */
#ifndef PIRADI_BRIDGE_AGENT_REQUEST_H
#define PIRADI_BRIDGE_AGENT_REQUEST_H

#include <jansson.h>

#include "base/must_use.h"
#include "browser-bridge/exchange.h"

/* For the exchange's portal: a new reference, NULL if memory is out. */
json_t *agent_request(const struct exchange *exchange, const char *command) MUST_USE;

#endif
