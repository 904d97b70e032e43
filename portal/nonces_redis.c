#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "portal/nonces_place.h"

#define KEY_PREFIX "piradi:nonce:"
#define HOST_MAX 256
#define PASSWORD_MAX 256
#define REMOTE_PREFIX "redis://"

static const struct timeval patience = {.tv_sec = NONCES_TIMEOUT_MS / 1000};

static void disconnect_redis(void *connection)
{
    redisFree(connection);
}

static bool take_until(const char **text, char end, char *part, size_t size)
{
    const char *at = strrchr(*text, end);
    size_t length = at != NULL ? (size_t)(at - *text) : 0;
    if (at == NULL || length >= size) {
        return false;
    }
    memcpy(part, *text, length);
    part[length] = '\0';
    *text = at + 1;
    return true;
}

/* [:PASSWORD@]HOST:PORT */
static bool parse(const char *text, char password[PASSWORD_MAX], char host[HOST_MAX], int *port)
{
    char *end = NULL;
    password[0] = '\0';
    if (*text == ':') {
        text++;
        if (!take_until(&text, '@', password, PASSWORD_MAX)) {
            return false;
        }
    }
    if (!take_until(&text, ':', host, HOST_MAX)) {
        return false;
    }
    errno = 0;
    long number = strtol(text, &end, 10);
    *port = (int)number;
    return errno == 0 && end != text && *end == '\0' && number > 0 && number < 65536;
}

/* Whether the reply is there and no error; logged otherwise. */
static bool is_good(const redisContext *connection, const redisReply *reply)
{
    if (reply == NULL) {
        log_error("nonces: %s", connection->errstr);
        return false;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        log_error("nonces: %s", reply->str);
        return false;
    }
    return true;
}

/* It answers only those who may ask. */
static bool log_in(redisContext *connection, const char *password)
{
    redisReply *reply = password[0] != '\0' ? redisCommand(connection, "AUTH %s", password)
                                            : redisCommand(connection, "PING");
    bool ok = is_good(connection, reply);
    freeReplyObject(reply);
    return ok;
}

static void *connect_redis(const char *where)
{
    char password[PASSWORD_MAX] = "";
    char host[HOST_MAX];
    int port;
    redisContext *connection;
    if (strncmp(where, REMOTE_PREFIX, strlen(REMOTE_PREFIX)) != 0) {
        connection = redisConnectUnixWithTimeout(where + strlen(nonces_in_redis.prefix), patience);
    } else if (parse(where + strlen(REMOTE_PREFIX), password, host, &port)) {
        connection = redisConnectWithTimeout(host, port, patience);
    } else {
        log_error("nonces: redis://[:PASSWORD@]HOST:PORT is needed");
        return NULL;
    }
    if (connection == NULL || connection->err != 0 ||
        redisSetTimeout(connection, patience) != REDIS_OK || !log_in(connection, password)) {
        log_error("nonces: cannot connect: %s",
                  connection != NULL ? connection->errstr : "out of memory");
        redisFree(connection);
        return NULL;
    }
    return connection;
}

static bool put_redis(void *user, const char *key, const char *nonce)
{
    redisContext *connection = user;
    redisReply *reply =
        redisCommand(connection, "SET " KEY_PREFIX "%s %s EX %d", key, nonce, NONCES_LIFE_S);
    bool ok = is_good(connection, reply);
    freeReplyObject(reply);
    return ok;
}

static enum nonces_found take_redis(void *user, const char *key, char nonce[NONCES_SIZE])
{
    redisContext *connection = user;
    enum nonces_found found = NONCES_NONE;
    redisReply *reply = redisCommand(connection, "GETDEL " KEY_PREFIX "%s", key);
    if (!is_good(connection, reply)) {
        found = NONCES_FAILED;
    } else if (reply->type == REDIS_REPLY_STRING && reply->len == NONCES_SIZE - 1) {
        memcpy(nonce, reply->str, NONCES_SIZE);
        found = NONCES_TAKEN;
    }
    freeReplyObject(reply);
    return found;
}

const struct nonces_place nonces_in_redis = {
    .prefix = "redis:",
    .connections_max = 16,
    .connect = connect_redis,
    .disconnect = disconnect_redis,
    .put = put_redis,
    .take = take_redis,
};
