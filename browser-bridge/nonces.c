#include "browser-bridge/nonces.h"

#include <stdlib.h>
#include <string.h>

struct nonce {
    const struct portal *portal;
    int64_t expires_s; /* 0: the place is free */
    char text[NONCE_LENGTH_MAX + 1];
};

struct nonces {
    struct nonce list[NONCES_MAX];
};

struct nonces *nonces_new(void)
{
    return calloc(1, sizeof(struct nonces));
}

void nonces_free(struct nonces **nonces)
{
    free(*nonces);
    *nonces = NULL;
}

bool nonces_use(struct nonces *nonces, const struct portal *portal, const char *nonce,
                int64_t expires_s, int64_t now_s)
{
    struct nonce *place = NULL;
    size_t length = strlen(nonce);
    if (length < NONCE_LENGTH_MIN || length > NONCE_LENGTH_MAX) {
        return false;
    }
    for (size_t i = 0; i < NONCES_MAX; i++) {
        struct nonce *noted = &nonces->list[i];
        if (noted->expires_s < now_s) {
            place = noted;
        } else if (noted->portal == portal && strcmp(noted->text, nonce) == 0) {
            return false;
        }
    }
    if (place == NULL) {
        return false;
    }
    *place = (struct nonce){.portal = portal, .expires_s = expires_s};
    memcpy(place->text, nonce, length + 1);
    return true;
}
