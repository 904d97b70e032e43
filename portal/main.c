/* piradi-portal: the citizen portal. See piradi-portal(8). */
#include <argp.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/confine.h"
#include "base/log.h"
#include "base/program.h"
#include "portal/server.h"

/* One login is three knocks: session, nonce, token. */
#define KNOCKS_BURST 90
#define KNOCKS_INTERVAL_S 1

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    const char **config = state->input;
    switch (key) {
    case 'c':
        *config = argument;
        return 0;
    case ARGP_KEY_END:
        if (*config == NULL) {
            argp_error(state, "--config is needed");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char *parse_arguments(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"config", 'c', "FILE", 0, "Read the configuration from FILE", 0},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .doc = "Serve the citizen portal over HTTPS until SIGTERM or SIGINT.",
    };
    const char *config = NULL;
    return argp_parse(&argp, argc, argv, 0, NULL, &config) == 0 ? config : NULL;
}

static void close_portal(struct portal *portal)
{
    pages_free(&portal->pages);
    trust_free(&portal->trust);
    store_close(&portal->store);
    config_free(&portal->config);
}

static bool open_portal(struct portal *portal, const char *path)
{
    portal->config = config_load(path);
    return portal->config != NULL && (portal->trust = trust_load(portal->config->trust)) != NULL &&
           (portal->pages = pages_load(portal->config->pages, portal->config->javascript)) !=
               NULL &&
           (portal->store = store_open(portal->config->database)) != NULL;
}

/* What it keeps lies beside its database: SQLite's journals do. */
static bool confine_portal(const char *database)
{
    char *path = strdup(database);
    bool ok = path != NULL && confine(CONFINE_PORTAL, dirname(path));
    free(path);
    return ok;
}

int main(int argc, char **argv)
{
    static struct portal portal = {
        .knocks = {.burst = KNOCKS_BURST, .interval_s = KNOCKS_INTERVAL_S}};
    struct server *server = NULL;
    sigset_t ends;
    int signal = 0;

    if (!program_begin("piradi-portal")) {
        return EXIT_FAILURE;
    }
    const char *path = parse_arguments(argc, argv);
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    /* Before the server's thread starts, which inherits it. */
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    if (path != NULL && open_portal(&portal, path) && confine_portal(portal.config->database)) {
        server = server_start(&portal);
    }
    bool served = server != NULL && sigwait(&ends, &signal) == 0;
    server_stop(&server);
    close_portal(&portal);
    return served ? EXIT_SUCCESS : EXIT_FAILURE;
}
