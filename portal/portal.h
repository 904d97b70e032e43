/* What all handlers share; made by main, used by the server's one thread. */
#ifndef PIRADI_PORTAL_PORTAL_H
#define PIRADI_PORTAL_PORTAL_H

#include "certs/trust.h"
#include "portal/config.h"
#include "portal/pages.h"
#include "portal/rate_limit.h"
#include "portal/store.h"

struct portal {
    struct config *config;
    struct store *store;
    struct trust *trust;
    struct pages *pages;
    struct rate_limit knocks; /* on what makes sessions and nonces and checks tokens */
};

#endif
