#include "portal/route.h"

#include <stdio.h>
#include <string.h>

#include "certs/token.h"
#include "portal/handlers.h"
#include "portal/letter.h"

#define JSON "application/json"
#define PDF "application/pdf"
/* Escapes can make six bytes of one character. */
#define COMPOSE_MAX (6 * (LETTER_SUBJECT_CHARACTERS_MAX + LETTER_TEXT_CHARACTERS_MAX) + 1024)
#define LOGIN_MAX (TOKEN_JSON_MAX + 64)

/* Sorted by path, then method. */
static const struct route routes[] = {
    {"/api/bodies", "GET", handle_bodies, ROUTE_CITIZEN, NULL, 0},
    {"/api/letters", "GET", handle_letters, ROUTE_CITIZEN, NULL, 0},
    {"/api/letters", "POST", handle_letter_compose, ROUTE_CITIZEN, JSON, COMPOSE_MAX},
    {"/api/letters/*", "DELETE", handle_letter_discard, ROUTE_CITIZEN, NULL, 0},
    {"/api/letters/*", "GET", handle_letter, ROUTE_CITIZEN, NULL, 0},
    {"/api/letters/*/draft.pdf", "GET", handle_letter_draft, ROUTE_CITIZEN, NULL, 0},
    {"/api/letters/*/pages/*", "GET", handle_letter_page, ROUTE_CITIZEN, NULL, 0},
    {"/api/letters/*/signed", "POST", handle_letter_send, ROUTE_CITIZEN, PDF, LETTER_PDF_MAX},
    {"/api/letters/*/signed.pdf", "GET", handle_letter_signed, ROUTE_CITIZEN, NULL, 0},
    {"/api/login", "POST", handle_login, ROUTE_SESSION, JSON, LOGIN_MAX},
    {"/api/logout", "POST", handle_logout, ROUTE_SESSION, NULL, 0},
    {"/api/nonce", "POST", handle_nonce, ROUTE_SESSION, NULL, 0},
    {"/api/session", "GET", handle_session, ROUTE_OPEN, NULL, 0},
};

static size_t segment(const char *path)
{
    return strcspn(path, "/");
}

/* Segment by segment; arguments are written even if the rest then does not fit. */
static bool matches(const char *pattern, const char *path, struct request *request)
{
    size_t argument = 0;
    while (*pattern == '/' && *path == '/') {
        size_t wanted = segment(++pattern);
        size_t given = segment(++path);
        if (wanted == 1 && *pattern == '*') {
            if (given == 0 || given >= ROUTE_ARGUMENT_SIZE || argument == ROUTE_ARGUMENTS_MAX) {
                return false;
            }
            memcpy(request->arguments[argument], path, given);
            request->arguments[argument++][given] = '\0';
        } else if (wanted != given || memcmp(pattern, path, given) != 0) {
            return false;
        }
        pattern += wanted;
        path += given;
    }
    return *pattern == '\0' && *path == '\0';
}

const struct route *route_find(const char *method, const char *path, struct request *request,
                               char methods[ROUTE_METHODS_SIZE])
{
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
    size_t length = 0;
    methods[0] = '\0';
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!matches(routes[i].path, path, request)) {
            continue;
        }
        if (strcmp(routes[i].method, wanted) == 0) {
            return &routes[i];
        }
        length += (size_t)snprintf(methods + length, ROUTE_METHODS_SIZE - length, "%s%s",
                                   length > 0 ? ", " : "", routes[i].method);
    }
    return NULL;
}
