#include "browser-bridge/native-host/permission.h"

static enum status check_unlisted(bool refused, enum portal_permission asked)
{
    if (asked != PORTAL_MAY_AUTHENTICATE) {
        return STATUS_POLICY_REFUSED;
    }
    return refused ? STATUS_ORIGIN_NOT_ALLOWED : STATUS_OK;
}

static enum status check_listed(const struct portal *portal, enum portal_permission asked)
{
    if ((portal->may & asked) == 0) {
        return STATUS_POLICY_REFUSED;
    }
    return portal->key_count > 0 ? STATUS_REQUEST_SIGNATURE_INVALID : STATUS_OK;
}

enum status permission_check(const struct portals *portals, bool unlisted_refused,
                             const char *origin, enum portal_permission asked, bool *listed)
{
    const struct portal *portal = portals_find(portals, origin);
    enum status status =
        portal != NULL ? check_listed(portal, asked) : check_unlisted(unlisted_refused, asked);
    if (status == STATUS_OK) {
        *listed = portal != NULL;
    }
    return status;
}
