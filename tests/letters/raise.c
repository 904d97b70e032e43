/*
 * letters/pades_level.h from the command line, for tests/letters/: raises a file in place, and asks
 * services on this machine's own network.
 *
 *     raise-letter FILE B|T|LT|LTA TRUST [AUTHORITY...]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "certs/fetch_curl.h"
#include "letters/pades_level.h"

#define TIMEOUT_MS 5000

static enum status raise_file(int file, enum level level, const struct trust *trust, int count,
                              char **urls, struct detail *detail)
{
    static const struct fetch_options options = {.private_addresses = true};
    struct fetcher fetcher;
    struct timestamp_authorities authorities = {.timeout_ms = TIMEOUT_MS};
    if (!fetch_curl_init(&fetcher, &options) || count > TIMESTAMP_AUTHORITIES_MAX) {
        return STATUS_INTERNAL;
    }
    for (int i = 0; i < count; i++) {
        authorities.urls[authorities.count++] = urls[i];
    }
    const struct validator validator = {.trust = trust, .fetcher = &fetcher};
    const struct level_services services = {
        .validator = &validator,
        .revocation = &revocation_rules_default,
        .authorities = &authorities,
    };
    return pades_raise(file, level, &services, time(NULL), detail);
}

int main(int argc, char **argv)
{
    enum level level;
    struct detail detail = {""};
    if (argc < 4 || !level_from_name(argv[2], &level)) {
        fprintf(stderr, "usage: raise-letter FILE B|T|LT|LTA TRUST [AUTHORITY...]\n");
        return EXIT_FAILURE;
    }
    int file = open(argv[1], O_RDWR | O_CLOEXEC);
    struct trust *trust = trust_load(argv[3]);
    enum status status = STATUS_INTERNAL;
    if (file >= 0 && trust != NULL) {
        status = raise_file(file, level, trust, argc - 4, argv + 4, &detail);
    }
    printf("%s %s\n", status_code(status), detail.text);
    trust_free(&trust);
    if (file >= 0) {
        close(file);
    }
    return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
