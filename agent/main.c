#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "agent/listen_socket.h"
#include "agent/server.h"
#include "base/confine.h"
#include "base/log.h"
#include "base/program.h"

struct agent {
    struct server *server;
    uv_signal_t stops[2];
};

static void on_stop(uv_signal_t *stop, int number)
{
    (void)number;
    struct agent *agent = stop->data;
    for (size_t i = 0; i < sizeof agent->stops / sizeof *agent->stops; i++) {
        uv_close((uv_handle_t *)&agent->stops[i], NULL);
    }
    listen_socket_remove();
    server_end(agent->server);
}

static bool stop_on(uv_loop_t *loop, struct agent *agent)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        agent->stops[i].data = agent;
        if (uv_signal_init(loop, &agent->stops[i]) != 0 ||
            uv_signal_start(&agent->stops[i], on_stop, numbers[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* Until a signal ends it, and then until every child has ended. */
static int serve(void)
{
    struct agent agent;
    uv_loop_t *loop = uv_default_loop();
    int fd = listen_socket_open();
    agent.server = fd >= 0 && confine(CONFINE_AGENT, NULL) ? server_start(loop, fd) : NULL;
    if (agent.server == NULL || !stop_on(loop, &agent)) {
        return EXIT_FAILURE;
    }
    log_info("ready");
    uv_run(loop, UV_RUN_DEFAULT);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const struct argp arguments = {
        .doc =
            "Piradi's agent: asks the person and the ID card on behalf of this user's programs."};
    if (!program_begin("piradi-agent") || argp_parse(&arguments, argc, argv, 0, NULL, NULL) != 0) {
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    /* The watcher of PC/SC may be inside a call that cannot be ended: not waited for. */
    _exit(serve());
}
