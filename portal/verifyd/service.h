/* What every request to piradi-verifyd works with. Threads share it: nothing in it changes but
 * counters and caches. */
#ifndef PIRADI_VERIFYD_SERVICE_H
#define PIRADI_VERIFYD_SERVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/must_use.h"
#include "certs/fetch_curl.h"
#include "certs/validation.h"
#include "portal/nonces.h"
#include "portal/verifyd/config.h"
#include "portal/verifyd/courtesy.h"
#include "portal/verifyd/metrics.h"

struct service {
    const struct verifyd_config *config;
    struct trust *trust;
    struct fetch_options anywhere;    /* for addresses that a chain vouches for */
    struct fetch_options public_only; /* for those that nobody does */
    struct fetcher fetcher;
    struct fetcher stranger_fetcher;
    struct courtesy courtesy;
    struct fetcher polite; /* fetcher, by courtesy */
    struct validator validator;
    struct nonces *nonces; /* NULL: not here */
    struct metrics metrics;
};

/* Call it before there are threads. False, with the reason in the log. Close it in any case. */
bool service_open(struct service *service, const struct verifyd_config *config) MUST_USE;
void service_close(struct service *service);

#endif
