#include "portal/verifyd/service.h"

#include <time.h>

#include "base/log.h"

/* A cached answer this old serves nobody. */
#define CACHE_LIFE_S (366L * 24 * 60 * 60)

static bool open_fetchers(struct service *service)
{
    const char *proxy = service->config->proxy[0] != '\0' ? service->config->proxy : NULL;
    service->anywhere = (struct fetch_options){.private_addresses = true, .proxy = proxy};
    service->public_only = (struct fetch_options){.private_addresses = false, .proxy = proxy};
    if (!fetch_curl_init(&service->fetcher, &service->anywhere) ||
        !fetch_curl_init(&service->stranger_fetcher, &service->public_only)) {
        log_error("libcurl cannot be used");
        return false;
    }
    /* Half of the threads may wait for one service; the others serve on. */
    courtesy_init(&service->courtesy, &service->fetcher, (service->config->connections + 1) / 2);
    service->polite = courtesy_fetcher(&service->courtesy);
    return true;
}

bool service_open(struct service *service, const struct verifyd_config *config)
{
    *service = (struct service){.config = config};
    struct validator *validator = &service->validator;
    service->trust = trust_load(config->trust);
    if (service->trust == NULL || !open_fetchers(service)) {
        return false;
    }
    validator->trust = service->trust;
    validator->fetcher = &service->polite;
    validator->aia_fetcher = config->fetch_intermediates ? &service->stranger_fetcher : NULL;
    validator->cache = revocation_cache_open(config->cache);
    validator->memory = revocation_memory_new();
    if (validator->cache == NULL || validator->memory == NULL) {
        log_error("the caches cannot be used");
        return false;
    }
    if (config->nonces[0] != '\0' && (service->nonces = nonces_open(config->nonces)) == NULL) {
        return false;
    }
    revocation_cache_prune(validator->cache, time(NULL) - CACHE_LIFE_S);
    return true;
}

void service_close(struct service *service)
{
    nonces_close(&service->nonces);
    revocation_memory_free(&service->validator.memory);
    revocation_cache_close(&service->validator.cache);
    trust_free(&service->trust);
}
