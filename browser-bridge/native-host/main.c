/*
 * piradi-native-host: what a browser starts for the Web eID extension, under the name eu.webeid.
 * See piradi-native-host(1).
 */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/program.h"
#include "browser-bridge/native-host/extension.h"
#include "browser-bridge/native-host/host.h"

int main(int argc, char **argv)
{
    char config[PATH_MAX];
    bool unlisted_refused;
    if (!program_begin("piradi-native-host") || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
        !program_config_path("extensions.conf", config)) {
        return EXIT_FAILURE;
    }
    if (!extension_is_known(argc, argv, config, &unlisted_refused)) {
        log_error("only a browser starts this program, for an extension that is known");
        return EXIT_FAILURE;
    }
    return host_converse(STDIN_FILENO, STDOUT_FILENO, unlisted_refused) ? EXIT_SUCCESS
                                                                        : EXIT_FAILURE;
}
