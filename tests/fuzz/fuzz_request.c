/* A request of a web page to the bridge: lines `method`, `target`, `version`, and then a header's
 * name and its value in turns, each ended by a line feed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "browser-bridge/request.h"
#include "tests/fuzz/fuzz.h"

static const char *next_line(char **text)
{
    char *line = *text;
    char *end = strchr(line, '\n');
    if (end != NULL) {
        *end = '\0';
        *text = end + 1;
    } else {
        *text = line + strlen(line);
    }
    return line;
}

/* Of a head without a blank too many: anything else is refused at once. */
static size_t plain_size(const struct request *request)
{
    size_t size = strlen(request->method) + strlen(" ") + strlen(request->target) + strlen(" ") +
                  strlen(request->version) + 2 * strlen("\r\n");
    for (size_t i = 0; i < request->header_count; i++) {
        size += strlen(request->headers[i].name) + strlen(": ") +
                strlen(request->headers[i].value) + strlen("\r\n");
    }
    return size;
}

static void write_portal(const char *path)
{
    FILE *file = fopen(path, "we");
    if (file == NULL ||
        fprintf(file, "[portal]\norigin = https://portal.piradi.test\nname.ka = ა\nname.en = a\n"
                      "may = authenticate sign\n") < 0 ||
        fclose(file) != 0 || chmod(path, S_IRUSR | S_IWUSR) != 0) {
        abort();
    }
}

/* A list without a portal would refuse everybody, so there is one. */
static const struct portals *portals(void)
{
    static struct portals *loaded;
    char folder[] = "/tmp/piradi-fuzz-XXXXXX";
    char path[sizeof folder + sizeof "/portal.conf"];
    if (loaded != NULL) {
        return loaded;
    }
    if (mkdtemp(folder) == NULL) {
        abort();
    }
    snprintf(path, sizeof path, "%s/portal.conf", folder);
    write_portal(path);
    loaded = portals_load(folder);
    if (loaded == NULL || unlink(path) != 0 || rmdir(folder) != 0) {
        abort();
    }
    return loaded;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    char *next = text;
    struct request request = {.header_bytes = 0};
    if (text == NULL) {
        return 0;
    }
    memcpy(text, bytes, size);
    text[size] = '\0';
    request.method = next_line(&next);
    request.target = next_line(&next);
    request.version = next_line(&next);
    while (*next != '\0' && request.header_count < REQUEST_HEADERS_MAX) {
        const char *name = next_line(&next);
        request.headers[request.header_count++] = (struct request_header){name, next_line(&next)};
    }
    request.header_bytes = plain_size(&request);
    struct decision decision = request_decide(&request, portals());
    /* Nobody is served who is not on the list. */
    if (decision.verdict != VERDICT_REFUSE && (decision.portal == NULL || decision.route == NULL)) {
        abort();
    }
    free(text);
    return 0;
}
