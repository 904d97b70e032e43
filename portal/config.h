/*
 * The portal's configuration: one ini file, given by --config. portal/piradi-portal.8 lists its
 * keys and portal/portal.conf.example is a whole one. Every key is needed; there are no defaults,
 * so that what runs is what can be read there.
 */
#ifndef PIRADI_PORTAL_CONFIG_H
#define PIRADI_PORTAL_CONFIG_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/must_use.h"

#define CONFIG_TEXT_MAX 256 /* bytes of a value, with the NUL */
#define CONFIG_BODIES_MAX 256

/* Whom a citizen can write to. */
struct public_body {
    char id[CONFIG_TEXT_MAX];
    char name_ka[CONFIG_TEXT_MAX];
    char name_en[CONFIG_TEXT_MAX];
};

struct config {
    char origin[CONFIG_TEXT_MAX];
    const char *authority; /* origin's host[:port], as a Host header has it; points into origin */
    struct sockaddr_storage address;
    socklen_t address_size;
    char certificate[CONFIG_TEXT_MAX]; /* paths, all absolute */
    char key[CONFIG_TEXT_MAX];
    char database[CONFIG_TEXT_MAX];
    char trust[CONFIG_TEXT_MAX];
    char pages[CONFIG_TEXT_MAX];
    char javascript[CONFIG_TEXT_MAX];
    size_t body_count;
    struct public_body bodies[CONFIG_BODIES_MAX];
};

/* NULL, with file, line and reason in the log, when it cannot be read or something in it is wrong
 * or missing. */
struct config *config_load(const char *path) MUST_USE;
void config_free(struct config **config);

/* Lent; NULL if no public body has this id. */
const struct public_body *config_body(const struct config *config, const char *id);

#endif
