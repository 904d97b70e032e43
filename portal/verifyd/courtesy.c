#include "portal/verifyd/courtesy.h"

#include <string.h>

void courtesy_init(struct courtesy *courtesy, const struct fetcher *fetcher, unsigned most)
{
    *courtesy = (struct courtesy){.fetcher = fetcher, .most = most};
    pthread_mutex_init(&courtesy->lock, NULL);
}

/* The authority of the address, cut to size; whose ports differ are different hosts. */
static void host_of(const char *url, char host[COURTESY_HOST_MAX])
{
    const char *scheme_end = strstr(url, "://");
    const char *authority = scheme_end != NULL ? scheme_end + 3 : url;
    size_t length = strcspn(authority, "/?#");
    if (length >= COURTESY_HOST_MAX) {
        length = COURTESY_HOST_MAX - 1;
    }
    memcpy(host, authority, length);
    host[length] = '\0';
}

/* Its place, or a free one; -1 if nobody else may wait. */
static int enter(struct courtesy *courtesy, const char *host)
{
    int place = -1;
    pthread_mutex_lock(&courtesy->lock);
    for (int i = 0; i < COURTESY_HOSTS_MAX; i++) {
        if (courtesy->hosts[i].waiting > 0 && strcmp(courtesy->hosts[i].host, host) == 0) {
            place = i;
            break;
        }
        if (place < 0 && courtesy->hosts[i].waiting == 0) {
            place = i;
        }
    }
    if (place >= 0 && courtesy->hosts[place].waiting >= courtesy->most) {
        place = -1;
    }
    if (place >= 0) {
        memcpy(courtesy->hosts[place].host, host, strlen(host) + 1);
        courtesy->hosts[place].waiting++;
    }
    pthread_mutex_unlock(&courtesy->lock);
    return place;
}

static void leave(struct courtesy *courtesy, int place)
{
    pthread_mutex_lock(&courtesy->lock);
    courtesy->hosts[place].waiting--;
    pthread_mutex_unlock(&courtesy->lock);
}

static bool fetch_politely(void *context, const struct fetch_request *request,
                           struct buffer *answer, const char **why)
{
    struct courtesy *courtesy = context;
    char host[COURTESY_HOST_MAX];
    host_of(request->url, host);
    int place = enter(courtesy, host);
    if (place < 0) {
        *why = "too many wait for this service already";
        return false;
    }
    bool fetched = courtesy->fetcher->fetch(courtesy->fetcher->context, request, answer, why);
    leave(courtesy, place);
    return fetched;
}

struct fetcher courtesy_fetcher(struct courtesy *courtesy)
{
    return (struct fetcher){.fetch = fetch_politely, .context = courtesy};
}
