/*
 * piradi-verifyd's configuration: one ini file, given by --config. piradi-verifyd.8 lists its keys
 * and verifyd.conf.example is a whole one.
 */
#ifndef PIRADI_VERIFYD_CONFIG_H
#define PIRADI_VERIFYD_CONFIG_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/must_use.h"
#include "certs/revocation.h"

#define VERIFYD_TEXT_MAX 256

struct verifyd_config {
    struct sockaddr_storage address; /* loopback, or a private network's: it speaks plain HTTP */
    char trust[VERIFYD_TEXT_MAX];    /* paths, absolute */
    char cache[VERIFYD_TEXT_MAX];
    char proxy[VERIFYD_TEXT_MAX];  /* empty: none */
    char nonces[VERIFYD_TEXT_MAX]; /* where they are kept (portal/nonces.h); empty: not here */
    unsigned connections;          /* at a time, a thread each */
    bool fetch_intermediates;
    struct revocation_rules revocation;
};

/* NULL, with file, line and reason in the log. Free with verifyd_config_free. */
struct verifyd_config *verifyd_config_load(const char *path) MUST_USE;
void verifyd_config_free(struct verifyd_config **config);

#endif
