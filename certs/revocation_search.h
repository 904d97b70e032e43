/*
 * Where certs/revocation.h's evidence comes from: what came along, the cache, the services that the
 * certificate names.
 */
#ifndef PIRADI_REVOCATION_SEARCH_H
#define PIRADI_REVOCATION_SEARCH_H

#include <stdbool.h>

#include "base/must_use.h"
#include "certs/fetch.h"
#include "certs/revocation.h"
#include "certs/revocation_cache.h"

struct revocation_sources {
    const struct evidence *carried;
    const struct fetcher *fetcher;
    struct revocation_cache *cache; /* each of these may be NULL */
};

/*
 * The first answer that decides, its evidence added to *used. Where every service is silent, the
 * last answer within the grace period, and *in_grace becomes true. Otherwise unknown, and why.
 */
struct revocation_finding revocation_search(const struct revocation_sources *sources,
                                            const struct revocation_question *question,
                                            struct evidence *used, bool *in_grace) MUST_USE;

#endif
