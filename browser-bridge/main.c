/* piradi-bridge: the loopback HTTP server that a portal's page talks to. See piradi-bridge(1). */
#include <argp.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/confine.h"
#include "base/log.h"
#include "base/portals.h"
#include "base/program.h"
#include "browser-bridge/agent_state.h"
#include "browser-bridge/documents.h"
#include "browser-bridge/kept_answer.h"
#include "browser-bridge/limits.h"
#include "browser-bridge/listener.h"
#include "browser-bridge/nonces.h"
#include "browser-bridge/operations.h"
#include "browser-bridge/server.h"

/* Every connection, an upload and its copy each, and what the loop needs itself. */
#define DESCRIPTORS_WANTED 4096

struct stop {
    uv_signal_t signals[2];
    uv_loop_t *loop;
};

static void on_stop(uv_signal_t *signal, int number)
{
    struct stop *stop = signal->data;
    (void)number;
    uv_stop(stop->loop);
}

static bool watch_signals(struct stop *stop, uv_loop_t *loop)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    stop->loop = loop;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        stop->signals[i].data = stop;
        if (uv_signal_init(loop, &stop->signals[i]) != 0 ||
            uv_signal_start(&stop->signals[i], on_stop, numbers[i]) != 0) {
            return false;
        }
    }
    return signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= DESCRIPTORS_WANTED) {
        return;
    }
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        log_warning("only few connections are possible: the limit of open files stays low");
    }
}

static struct portals *load_portals(void)
{
    char folder[PATH_MAX];
    return program_config_path("portals", folder) ? portals_load(folder) : NULL;
}

/* Serves until a signal; then takes everything down, so that nothing is left running. */
static bool serve(struct bridge *bridge)
{
    int listeners[LISTENER_COUNT];
    struct stop stop;
    struct server *server;
    if (!watch_signals(&stop, bridge->loop) || !listener_open(listeners) ||
        !confine(CONFINE_BRIDGE, NULL) || (server = server_start(bridge, listeners)) == NULL) {
        return false;
    }
    log_info("listening on 127.0.0.1 and [::1]");
    uv_run(bridge->loop, UV_RUN_DEFAULT);
    server_stop(server);
    agent_state_free(&bridge->agent);
    operations_free(&bridge->operations);
    documents_free(&bridge->documents);
    for (size_t i = 0; i < sizeof stop.signals / sizeof *stop.signals; i++) {
        uv_close((uv_handle_t *)&stop.signals[i], NULL);
    }
    uv_run(bridge->loop, UV_RUN_DEFAULT);
    server_free(&server);
    return uv_loop_close(bridge->loop) == 0;
}

int main(int argc, char **argv)
{
    static const struct argp arguments = {
        .doc = "Lets the portals that the administrator has listed ask this user's ID card, from "
               "a browser on this machine. Takes no arguments; see piradi-bridge(1).",
    };
    uv_loop_t loop;
    if (!program_begin("piradi-bridge") || argp_parse(&arguments, argc, argv, 0, NULL, NULL) != 0) {
        return EXIT_FAILURE;
    }
    raise_descriptor_limit();
    struct portals *portals = load_portals();
    if (portals == NULL || uv_loop_init(&loop) != 0) {
        return EXIT_FAILURE;
    }
    struct bridge bridge = {.loop = &loop, .portals = portals};
    bridge.agent = agent_state_new(&loop);
    bridge.documents = documents_new(&loop);
    bridge.limits = limits_new();
    bridge.nonces = nonces_new();
    bridge.operations = operations_new(&loop);
    if (bridge.agent == NULL || bridge.documents == NULL || bridge.limits == NULL ||
        bridge.nonces == NULL || bridge.operations == NULL || !serve(&bridge)) {
        return EXIT_FAILURE;
    }
    kept_answer_leave(&bridge.status);
    limits_free(&bridge.limits);
    nonces_free(&bridge.nonces);
    portals_free(&portals);
    return EXIT_SUCCESS;
}
