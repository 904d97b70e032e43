#include "certs/fetch_curl.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

struct transfer {
    const struct fetch_options *options;
    struct buffer answer;
    bool too_long;
    bool address_refused;
};

static size_t take_bytes(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    if (!put_bytes(&transfer->answer, bytes, size * count)) {
        transfer->too_long = true;
        return 0;
    }
    return size * count;
}

static bool ipv4_is_public(uint32_t address)
{
    static const struct {
        uint32_t net;
        unsigned bits;
    } closed[] = {
        {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
        {0xAC100000, 12}, {0xC0000000, 24}, {0xC0A80000, 16}, {0xC6120000, 15}, {0xE0000000, 3},
    };
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        if ((address ^ closed[i].net) >> (32 - closed[i].bits) == 0) {
            return false;
        }
    }
    return true;
}

static uint32_t big_endian(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Global unicast (2000::/3) alone, and IPv4 in its clothes as IPv4 is. */
static bool ipv6_is_public(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        return ipv4_is_public(big_endian(address->s6_addr + 12));
    }
    if (address->s6_addr[0] == 0x20 && address->s6_addr[1] == 0x02) { /* 6to4 */
        return ipv4_is_public(big_endian(address->s6_addr + 2));
    }
    return (address->s6_addr[0] & 0xE0) == 0x20;
}

static bool is_public(const struct curl_sockaddr *address)
{
    if (address->family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, &address->addr, sizeof ipv4);
        return ipv4_is_public(ntohl(ipv4.sin_addr.s_addr));
    }
    struct sockaddr_in6 ipv6;
    if (address->family != AF_INET6 || address->addrlen < sizeof ipv6) {
        return false;
    }
    memcpy(&ipv6, (const void *)&address->addr, sizeof ipv6);
    return ipv6_is_public(&ipv6.sin6_addr);
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = user;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        (!transfer->options->private_addresses && transfer->options->proxy == NULL &&
         !is_public(address))) {
        transfer->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool set_rules(CURL *easy, struct transfer *transfer, const struct fetch_request *request)
{
    const char *proxy = transfer->options->proxy != NULL ? transfer->options->proxy : "";
    return curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, proxy) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK;
}

/* The headers must live as long as the transfer; NULL if memory is out. */
static struct curl_slist *set_body(CURL *easy, const struct fetch_request *request)
{
    char type[128] = "Content-Type: ";
    if (request->body_type == NULL) {
        return curl_slist_append(NULL, "User-Agent: piradi");
    }
    size_t used = strlen(type);
    size_t length = strnlen(request->body_type, sizeof type);
    if (length >= sizeof type - used) {
        return NULL;
    }
    memcpy(type + used, request->body_type, length + 1);
    struct curl_slist *headers = curl_slist_append(NULL, type);
    if (headers == NULL ||
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->body_size) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) != CURLE_OK) {
        curl_slist_free_all(headers);
        return NULL;
    }
    return headers;
}

/* Parameters after a semicolon are no part of the type (RFC 9110, section 8.3.1). */
static bool type_is(CURL *easy, const char *expected)
{
    const char *type = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || type == NULL) {
        return false;
    }
    size_t length = strcspn(type, "; \t");
    return length == strlen(expected) && strncasecmp(type, expected, length) == 0;
}

static const char *failure(CURLcode code, const struct transfer *transfer)
{
    if (transfer->too_long) {
        return "the answer is too long";
    }
    if (transfer->address_refused) {
        return "the address is not a public one";
    }
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return "no answer in time";
    case CURLE_COULDNT_RESOLVE_HOST:
        return "there is no such host";
    case CURLE_COULDNT_CONNECT:
        return "nobody can be connected to there";
    default:
        return "the exchange failed";
    }
}

/* NULL, or why not. */
static const char *perform(CURL *easy, struct transfer *transfer,
                           const struct fetch_request *request)
{
    long http = 0;
    CURLcode code = curl_easy_perform(easy);
    if (code != CURLE_OK) {
        return failure(code, transfer);
    }
    if (curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http) != CURLE_OK || http != 200) {
        return "the answer's HTTP status is not 200";
    }
    if (request->answer_type != NULL && !type_is(easy, request->answer_type)) {
        return "the answer is of another media type";
    }
    return NULL;
}

static bool fetch_by_curl(void *context, const struct fetch_request *request, struct buffer *answer,
                          const char **why)
{
    struct transfer transfer = {.options = context};
    if (!fetch_url_is_allowed(request->url) || request->timeout_ms <= 0 ||
        request->body_size > FETCH_BODY_MAX) {
        *why = "the address or the request is not allowed";
        return false;
    }
    buffer_init(&transfer.answer, request->answer_max);
    const char *reason = "memory is out";
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = easy != NULL ? set_body(easy, request) : NULL;
    if (headers != NULL && set_rules(easy, &transfer, request) &&
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) == CURLE_OK) {
        reason = perform(easy, &transfer, request);
    }
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    if (reason != NULL) {
        buffer_free(&transfer.answer);
        *why = reason;
        return false;
    }
    *answer = transfer.answer;
    return true;
}

bool fetch_curl_init(struct fetcher *fetcher, const struct fetch_options *options)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return false;
    }
    fetcher->fetch = fetch_by_curl;
    fetcher->context = (void *)(uintptr_t)options;
    return true;
}
