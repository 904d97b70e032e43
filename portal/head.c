#include "portal/head.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void head_note(struct head *head, const char *name, const char *value)
{
    const struct {
        const char *name;
        struct header *header;
    } noted[] = {
        {MHD_HTTP_HEADER_CONTENT_LENGTH, &head->content_length},
        {MHD_HTTP_HEADER_CONTENT_TYPE, &head->content_type},
        {MHD_HTTP_HEADER_HOST, &head->host},
        {MHD_HTTP_HEADER_ORIGIN, &head->origin},
        {"Sec-Fetch-Site", &head->sec_fetch_site},
        {MHD_HTTP_HEADER_TRANSFER_ENCODING, &head->transfer_encoding},
    };
    for (size_t i = 0; i < sizeof noted / sizeof *noted; i++) {
        if (strcasecmp(name, noted[i].name) == 0) {
            noted[i].header->value = value != NULL ? value : "";
            noted[i].header->count++;
        }
    }
}

bool head_is_reading(const struct head *head)
{
    return strcmp(head->method, "GET") == 0 || strcmp(head->method, "HEAD") == 0;
}

static bool refuse(struct refusal *refusal, unsigned http, enum status status, const char *detail)
{
    *refusal = (struct refusal){http, status, detail};
    return false;
}

static bool is_one(const struct header *header, const char *value)
{
    return header->count == 1 && strcmp(header->value, value) == 0;
}

static bool origin_is_allowed(const struct head *head, const char *origin)
{
    /* A browser may leave it out when it only reads from its own origin (Fetch, section 3.2). */
    bool own = head->origin.count == 0 ? head_is_reading(head) : is_one(&head->origin, origin);
    const struct header *site = &head->sec_fetch_site;
    return own && (site->count == 0 || head_is_reading(head) || is_one(site, "same-origin"));
}

bool head_is_allowed(const struct head *head, const char *origin, const char *authority,
                     struct refusal *refusal)
{
    if (strcmp(head->version, MHD_HTTP_VERSION_1_1) != 0) {
        return refuse(refusal, MHD_HTTP_HTTP_VERSION_NOT_SUPPORTED, STATUS_BAD_REQUEST,
                      "HTTP/1.1 is needed");
    }
    if (head->host.count != 1) {
        return refuse(refusal, MHD_HTTP_BAD_REQUEST, STATUS_BAD_REQUEST, "Host: one is needed");
    }
    if (!is_one(&head->host, authority)) {
        return refuse(refusal, MHD_HTTP_MISDIRECTED_REQUEST, STATUS_BAD_REQUEST,
                      "Host: not this portal");
    }
    if (head->path[0] != '/') {
        return refuse(refusal, MHD_HTTP_BAD_REQUEST, STATUS_BAD_REQUEST, "the path begins with /");
    }
    if (head->transfer_encoding.count != 0 || head->content_length.count > 1) {
        return refuse(refusal, MHD_HTTP_BAD_REQUEST, STATUS_BAD_REQUEST,
                      "one Content-Length is needed, and no Transfer-Encoding");
    }
    if (!origin_is_allowed(head, origin)) {
        return refuse(refusal, MHD_HTTP_FORBIDDEN, STATUS_ORIGIN_NOT_ALLOWED,
                      "Origin: not this portal");
    }
    return true;
}

static bool parse_length(const char *text, size_t *length)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || errno != 0 || *end != '\0' || value > SIZE_MAX) {
        return false;
    }
    *length = (size_t)value;
    return true;
}

bool head_body_is_allowed(const struct head *head, const char *type, size_t size_max,
                          struct refusal *refusal)
{
    size_t length = 0;
    if (head->content_length.count == 1 && !parse_length(head->content_length.value, &length)) {
        return refuse(refusal, MHD_HTTP_BAD_REQUEST, STATUS_BAD_REQUEST,
                      "Content-Length: not a number");
    }
    if (type == NULL) {
        return length == 0 ||
               refuse(refusal, MHD_HTTP_BAD_REQUEST, STATUS_BAD_REQUEST, "there is no body here");
    }
    if (!is_one(&head->content_type, type)) {
        return refuse(refusal, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, STATUS_BAD_REQUEST,
                      "Content-Type: another is needed here");
    }
    if (head->content_length.count != 1) {
        return refuse(refusal, MHD_HTTP_LENGTH_REQUIRED, STATUS_BAD_REQUEST,
                      "Content-Length is needed");
    }
    if (length > size_max) {
        return refuse(refusal, MHD_HTTP_CONTENT_TOO_LARGE, STATUS_DOCUMENT_TOO_LARGE, NULL);
    }
    return true;
}
