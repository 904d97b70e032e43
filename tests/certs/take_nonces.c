/*
 * Issues nonces at several nodes of piradi-verifyd and takes each at every node, from many clients
 * at once; tells how often each was taken.
 *
 *     take-nonces COUNT CLIENTS URL...
 *
 * Prints "half" when half of the takings are done, so that somebody may kill a node, and at the end
 * {"once", "twice", "never", "wrong", "unreachable", "seconds"}: sessions by how often they were
 * taken, nonces that were not the ones issued, takings that nobody answered.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NONCE_SIZE 45
#define NODES_MAX 4

struct session {
    char nonce[NONCE_SIZE];
    atomic_uint taken;
};

static struct session *sessions;
static unsigned long count;
static unsigned long clients;
static unsigned long nodes;
static char **urls;
static bool taking;
static atomic_ulong done;
static atomic_ulong wrong;
static atomic_ulong unreachable;

struct text {
    char bytes[1024];
    size_t size;
};

static size_t take_bytes(char *bytes, size_t size, size_t number, void *user)
{
    struct text *text = user;
    size_t more = size * number;
    if (more > sizeof text->bytes - text->size) {
        return 0;
    }
    memcpy(text->bytes + text->size, bytes, more);
    text->size += more;
    return more;
}

/* The HTTP status, 0 if nobody answered; the nonce of a 200. */
static long ask(CURL *curl, const char *url, const char *path, unsigned long session,
                char nonce[NONCE_SIZE])
{
    char body[64];
    char place[256];
    long http = 0;
    struct text answer = {.size = 0};
    snprintf(place, sizeof place, "%s%s", url, path);
    snprintf(body, sizeof body, "{\"session\": \"session-%lu\"}", session);
    curl_easy_setopt(curl, CURLOPT_URL, place);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    if (curl_easy_perform(curl) != CURLE_OK) {
        return 0;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http);
    json_t *object = json_loadb(answer.bytes, answer.size, 0, NULL);
    const char *text;
    if (http == 200 && json_unpack(object, "{s:s}", "nonce", &text) == 0) {
        snprintf(nonce, NONCE_SIZE, "%s", text);
    }
    json_decref(object);
    return http;
}

static void issue(CURL *curl, unsigned long number)
{
    if (ask(curl, urls[number % nodes], "/v1/nonces", number, sessions[number].nonce) != 200) {
        fprintf(stderr, "session %lu: no nonce\n", number);
        exit(1);
    }
}

static void take(CURL *curl, unsigned long number, unsigned long node)
{
    char nonce[NONCE_SIZE] = "";
    long http = ask(curl, urls[node], "/v1/nonces/take", number, nonce);
    if (http == 200) {
        atomic_fetch_add(&sessions[number].taken, 1);
        atomic_fetch_add(&wrong, strcmp(nonce, sessions[number].nonce) != 0);
    } else if (http != 404) {
        atomic_fetch_add(&unreachable, 1);
    }
    if (atomic_fetch_add(&done, 1) + 1 == count * nodes / 2) {
        puts("half");
        fflush(stdout);
    }
}

/* Each client takes its share of all takings; neighbours take the same session at other nodes. */
static void *run(void *user)
{
    unsigned long me = *(const unsigned long *)user;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    unsigned long all = taking ? count * nodes : count;
    for (unsigned long i = me; i < all; i += clients) {
        if (taking) {
            take(curl, i / nodes, i % nodes);
        } else {
            issue(curl, i);
        }
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return NULL;
}

static void run_all(void)
{
    pthread_t *threads = calloc(clients, sizeof *threads);
    unsigned long *names = calloc(clients, sizeof *names);
    for (unsigned long i = 0; i < clients; i++) {
        names[i] = i;
        pthread_create(&threads[i], NULL, run, &names[i]);
    }
    for (unsigned long i = 0; i < clients; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
    free(names);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    unsigned long often[3] = {0};
    if (argc < 4 || argc > 3 + NODES_MAX) {
        return 2;
    }
    count = strtoul(argv[1], NULL, 10);
    clients = strtoul(argv[2], NULL, 10);
    urls = argv + 3;
    nodes = (unsigned long)argc - 3;
    sessions = calloc(count, sizeof *sessions);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    run_all();
    taking = true;
    double begin = now();
    run_all();
    double seconds = now() - begin;
    for (unsigned long i = 0; i < count; i++) {
        unsigned taken = atomic_load(&sessions[i].taken);
        often[taken < 2 ? taken : 2]++;
    }
    printf("{\"once\": %lu, \"twice\": %lu, \"never\": %lu, \"wrong\": %lu, \"unreachable\": %lu, "
           "\"seconds\": %.3f}\n",
           often[1], often[2], often[0], atomic_load(&wrong), atomic_load(&unreachable), seconds);
    free(sessions);
    curl_global_cleanup();
    return 0;
}
