/*
 * Request heads: split into lines in the most generous way, then judged. Whatever is served names
 * our host, comes from a listed portal or opens our own page, and fits its route.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "browser-bridge/request.h"
#include "tests/bridge/fuzz/fuzz.h"

#define PORTAL "https://portal.piradi.test"
#define HEAD_MAX 16384
#define SCRIPT_OF(site)                                                                            \
    "Sec-Fetch-Site: " site "\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n"

const char *const fuzz_seeds[] = {
    "GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1:27310\r\nOrigin: " PORTAL
    "\r\n" SCRIPT_OF("cross-site") "\r\n",
    "POST /v1/sign HTTP/1.1\r\nHost: [::1]:27310\r\nOrigin: " PORTAL
    "\r\n" SCRIPT_OF("cross-site") "Content-Type: application/json\r\nContent-Length: 60\r\n\r\n",
    "OPTIONS /v1/sign HTTP/1.1\r\nHost: 127.0.0.1:27310\r\nOrigin: " PORTAL
    "\r\n" SCRIPT_OF("cross-site") "Access-Control-Request-Method: POST\r\n"
                                   "Access-Control-Request-Headers: content-type\r\n\r\n",
    "POST /v1/result HTTP/1.1\r\nHost: 127.0.0.1:27310\r\nOrigin: http://127.0.0.1:27310\r\n"
    "Piradi-Portal: " PORTAL
    "\r\n" SCRIPT_OF("same-origin") "Content-Type: application/json\r\nContent-Length: 60\r\n\r\n",
    "GET /popup HTTP/1.1\r\nHost: 127.0.0.1:27310\r\nSec-Fetch-Site: cross-site\r\n"
    "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n",
    NULL,
};
const int fuzz_seeds_are_messages = 0;

static const struct portals *load_portals(void)
{
    static struct portals *portals;
    char folder[] = "/tmp/piradi-fuzz-XXXXXX";
    char path[64];
    if (portals != NULL) {
        return portals;
    }
    HOLDS(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/portal.conf", folder);
    FILE *file = fopen(path, "w");
    HOLDS(file != NULL);
    fputs("[portal]\norigin = " PORTAL "\nname.ka = a\nname.en = a\nmay = authenticate sign\n",
          file);
    HOLDS(fclose(file) == 0 && chmod(path, 0600) == 0);
    portals = portals_load(folder);
    HOLDS(portals != NULL && unlink(path) == 0 && rmdir(folder) == 0);
    return portals;
}

/* Cuts the text at the separator; what is left, or the end of the text. */
static char *cut(char **rest, const char *separator)
{
    char *part = *rest;
    char *end = strstr(part, separator);
    *rest = end != NULL ? end + strlen(separator) : part + strlen(part);
    if (end != NULL) {
        *end = '\0';
    }
    return part;
}

static void split(char *head, struct request *request)
{
    char *line = cut(&head, "\r\n");
    request->method = cut(&line, " ");
    request->target = cut(&line, " ");
    request->version = line;
    while (*head != '\0') {
        line = cut(&head, "\r\n");
        if (*line == '\0') {
            return;
        }
        if (request->header_count < REQUEST_HEADERS_MAX) {
            const char *name = cut(&line, ":");
            request->headers[request->header_count] =
                (struct request_header){.name = name, .value = line + strspn(line, " ")};
        }
        request->header_count++;
    }
}

static bool says(const struct request *request, const char *name, const char *value)
{
    size_t count = 0;
    bool same = false;
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            count++;
            same = strcmp(request->headers[i].value, value) == 0;
        }
    }
    return count == 1 && same;
}

static void check_served(const struct request *request, const struct decision *decision)
{
    bool first = says(request, "Host", "127.0.0.1:27310");
    HOLDS(first || says(request, "Host", "[::1]:27310"));
    HOLDS(decision->route != NULL && strcmp(decision->route->path, request->target) == 0);
    HOLDS((decision->route->callers & decision->caller) != 0);
    HOLDS(decision->body_size <= decision->route->body_max);
    switch (decision->caller) {
    case CALLER_PORTAL:
        HOLDS(says(request, "Origin", PORTAL));
        break;
    case CALLER_POPUP:
        HOLDS(says(request, "Sec-Fetch-Site", "same-origin"));
        HOLDS(says(request, REQUEST_PORTAL_HEADER, PORTAL));
        HOLDS(strcmp(request->method, "GET") == 0 ||
              says(request, "Origin", first ? "http://127.0.0.1:27310" : "http://[::1]:27310"));
        break;
    case CALLER_WINDOW:
    case CALLER_PART:
        HOLDS(decision->portal == NULL && decision->body_size == 0);
        HOLDS(strncmp(request->target, "/popup", strlen("/popup")) == 0);
        break;
    default:
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char head[HEAD_MAX + 1];
    struct request request = {0};
    if (size > HEAD_MAX) {
        return 0;
    }
    memcpy(head, bytes != NULL ? bytes : (const uint8_t *)"", size);
    head[size] = '\0';
    request.header_bytes = size;
    split(head, &request);
    struct decision decision = request_decide(&request, load_portals());
    if (decision.verdict == VERDICT_REFUSE) {
        HOLDS(decision.http >= 400 && decision.detail != NULL);
    } else if (decision.verdict == VERDICT_SERVE) {
        check_served(&request, &decision);
    } else {
        HOLDS(decision.caller == CALLER_PORTAL && says(&request, "Origin", PORTAL));
    }
    return 0;
}
