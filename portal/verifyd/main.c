/* piradi-verifyd: verifies login tokens for portals in any language. See piradi-verifyd(8). */
#include <argp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/confine.h"
#include "base/program.h"
#include "portal/verifyd/server.h"

/* argp looks it up by name in the program. */
__attribute__((visibility("default"))) const char *argp_program_version =
    "piradi-verifyd " PIRADI_VERSION;

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
        .doc = "Verify login tokens for portals over HTTP until SIGTERM or SIGINT.",
    };
    const char *config = NULL;
    return argp_parse(&argp, argc, argv, 0, NULL, &config) == 0 ? config : NULL;
}

int main(int argc, char **argv)
{
    static struct service service;
    struct verifyd_server *server = NULL;
    sigset_t ends;
    int ended_by = 0;
    if (!program_begin("piradi-verifyd")) {
        return EXIT_FAILURE;
    }
    const char *path = parse_arguments(argc, argv);
    signal(SIGPIPE, SIG_IGN); /* the databases' clients write to sockets that may be closed */
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    /* Before the server's threads start, which inherit it. */
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    struct verifyd_config *config = path != NULL ? verifyd_config_load(path) : NULL;
    if (config != NULL && service_open(&service, config) &&
        confine(CONFINE_PORTAL, config->cache)) {
        server = verifyd_server_start(&service);
    }
    bool served = server != NULL && sigwait(&ends, &ended_by) == 0;
    verifyd_server_stop(&server);
    service_close(&service);
    verifyd_config_free(&config);
    return served ? EXIT_SUCCESS : EXIT_FAILURE;
}
