/* Who logged in with this token? Ask piradi-verifyd. See README.md beside this file.
 *
 *     cc -o verify verify.c $(pkg-config --cflags --libs libcurl jansson)
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
    char bytes[65536];
    size_t size;
};

static size_t take(char *bytes, size_t size, size_t count, void *user)
{
    struct text *text = user;
    size_t more = size * count;
    if (more > sizeof text->bytes - text->size) {
        return 0;
    }
    memcpy(text->bytes + text->size, bytes, more);
    text->size += more;
    return more;
}

/* The verifier's answer for json_decref; NULL if there was none. *http is 200 for a good token. */
static json_t *post(const char *url, const char *body, long *http)
{
    static struct text answer;
    answer.size = 0;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 15L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    bool ok = curl_easy_perform(curl) == CURLE_OK;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, http);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return ok ? json_loadb(answer.bytes, answer.size, 0, NULL) : NULL;
}

/* The same for a token. nonce: taken from the session, for good, before this call. */
static json_t *verify(const char *verifier, json_t *token, const char *nonce, const char *origin,
                      long *http)
{
    char url[2048];
    snprintf(url, sizeof url, "%s/v1/tokens", verifier);
    json_t *question = json_pack("{s:O, s:s, s:s}", "token", token, "nonce", nonce, "origin", origin);
    char *body = question != NULL ? json_dumps(question, JSON_COMPACT) : NULL;
    json_t *answer = body != NULL ? post(url, body, http) : NULL;
    free(body);
    json_decref(question);
    return answer;
}

int main(int count, char **arguments)
{
    const char *number;
    const char *name;
    const char *code = "?";
    long http = 0;
    if (count != 4) {
        return 2;
    }
    json_t *token = json_loadf(stdin, JSON_REJECT_DUPLICATES, NULL);
    json_t *answer = verify(arguments[1], token, arguments[3], arguments[2], &http);
    bool ok = http == 200 && json_unpack(answer, "{s:{s:s, s:s}}", "citizen", "personal_number",
                                         &number, "name", &name) == 0;
    if (ok) {
        printf("%s %s\n", number, name);
    } else {
        json_unpack(answer, "{s:s}", "code", &code);
        fprintf(stderr, "%s\n", code);
    }
    json_decref(answer);
    json_decref(token);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
