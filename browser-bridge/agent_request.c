#include "browser-bridge/agent_request.h"

json_t *agent_request(const struct exchange *exchange, const char *command)
{
    return json_pack("{s:s, s:s, s:o*}", "command", command, "origin", exchange->portal->origin,
                     "verified", exchange->verified ? json_true() : NULL);
}
