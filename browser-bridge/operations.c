#include "browser-bridge/operations.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "browser-bridge/hex.h"
#include "browser-bridge/patience.h"
#include "browser-bridge/reply.h"

#define ID_BYTES (OPERATION_ID_LENGTH / 2)

struct operation {
    struct operations *all;
    struct operation *next;
    struct exchange *work;
    struct exchange *reader; /* NULL: nobody yet */
    uint64_t expires;        /* of uv_now; 0: not while somebody reads */
    char id[OPERATION_ID_LENGTH + 1];
};

struct operations {
    uv_loop_t *loop;
    uv_timer_t expiry;
    struct operation *first;
};

static void unlink_from_all(struct operation *operation)
{
    struct operation **link = &operation->all->first;
    while (*link != operation) {
        link = &(*link)->next;
    }
    *link = operation->next;
}

static void free_operation(struct operation *operation)
{
    unlink_from_all(operation);
    exchange_free(&operation->work);
    free(operation);
}

static void free_expired(uv_timer_t *timer);

static void set_timer(struct operations *operations)
{
    uint64_t next = 0;
    for (struct operation *operation = operations->first; operation != NULL;
         operation = operation->next) {
        if (operation->expires != 0 && (next == 0 || operation->expires < next)) {
            next = operation->expires;
        }
    }
    uint64_t now = uv_now(operations->loop);
    if (next == 0) {
        uv_timer_stop(&operations->expiry);
    } else {
        uv_timer_start(&operations->expiry, free_expired, next > now ? next - now : 0, 0);
    }
}

static void expire_in(struct operation *operation, uint64_t milliseconds)
{
    operation->expires = uv_now(operation->all->loop) + patience(milliseconds);
    set_timer(operation->all);
}

static void free_expired(uv_timer_t *timer)
{
    struct operations *operations = timer->data;
    uint64_t now = uv_now(operations->loop);
    struct operation *next;
    for (struct operation *operation = operations->first; operation != NULL; operation = next) {
        next = operation->next;
        if (operation->expires != 0 && operation->expires <= now) {
            free_operation(operation);
        }
    }
    set_timer(operations);
}

/* The work and its reader come together. What did the work may still be on the stack: it is freed
 * in the loop's next turn. */
static void deliver(struct operation *operation)
{
    struct exchange *work = operation->work;
    struct exchange *reader = operation->reader;
    struct MHD_Response *response = work->response;
    work->response = NULL;
    work->gone = true;
    operation->reader = NULL;
    reader->operation = NULL;
    reader->answer_size = work->answer_size;
    exchange_answer(reader, work->http, response);
    expire_in(operation, 0);
}

static void on_answered(struct exchange *work)
{
    struct operation *operation = work->owner;
    if (operation->reader != NULL) {
        deliver(operation);
    }
}

struct operations *operations_new(uv_loop_t *loop)
{
    struct operations *operations = calloc(1, sizeof *operations);
    if (operations == NULL || uv_timer_init(loop, &operations->expiry) != 0) {
        free(operations);
        return NULL;
    }
    operations->loop = loop;
    operations->expiry.data = operations;
    return operations;
}

static void free_operations(uv_handle_t *timer)
{
    free(timer->data);
}

void operations_free(struct operations **operations)
{
    struct operations *freed = *operations;
    *operations = NULL;
    struct operation *next;
    for (struct operation *operation = freed->first; operation != NULL; operation = next) {
        next = operation->next;
        free_operation(operation);
    }
    uv_close((uv_handle_t *)&freed->expiry, free_operations);
}

static bool has_room(const struct operations *operations)
{
    size_t count = 0;
    for (const struct operation *operation = operations->first; operation != NULL;
         operation = operation->next) {
        count++;
    }
    return count < OPERATIONS_MAX;
}

/* An exchange like that one, without its connection. */
static struct exchange *new_work(struct operation *operation, const struct exchange *exchange)
{
    struct exchange *work = exchange_new(exchange->bridge, NULL, exchange->target);
    if (work == NULL || !put_bytes(&work->body, exchange->body.bytes, exchange->body.size)) {
        exchange_free(&work);
        return NULL;
    }
    work->portal = exchange->portal;
    work->caller = exchange->caller;
    work->verified = exchange->verified;
    work->owner = operation;
    work->answered = on_answered;
    return work;
}

static struct operation *new_operation(const struct exchange *exchange)
{
    uint8_t id[ID_BYTES];
    struct operation *operation = calloc(1, sizeof *operation);
    if (operation == NULL || RAND_bytes(id, sizeof id) != 1) {
        free(operation);
        return NULL;
    }
    hex_write(operation->id, id, sizeof id);
    operation->work = new_work(operation, exchange);
    if (operation->work == NULL) {
        free(operation);
        return NULL;
    }
    return operation;
}

const char *operations_begin(struct operations *operations, struct exchange *exchange,
                             const struct endpoint *endpoint)
{
    struct operation *operation = has_room(operations) ? new_operation(exchange) : NULL;
    if (operation == NULL) {
        return NULL;
    }
    operation->all = operations;
    operation->next = operations->first;
    operations->first = operation;
    expire_in(operation, OPERATION_UNREAD_MS);
    operation->work->endpoint = endpoint;
    endpoint->complete(operation->work);
    return operation->id;
}

struct operation *operations_find(struct operations *operations, const char *id,
                                  const struct exchange *exchange)
{
    for (struct operation *operation = operations->first; operation != NULL;
         operation = operation->next) {
        const struct exchange *work = operation->work;
        if (work->portal == exchange->portal && work->caller == exchange->caller &&
            !(work->gone && work->response == NULL) && strcmp(operation->id, id) == 0) {
            return operation;
        }
    }
    return NULL;
}

bool operation_read(struct operation *operation, struct exchange *reader)
{
    if (operation->reader != NULL) {
        return false;
    }
    operation->reader = reader;
    operation->expires = 0;
    reader->operation = operation;
    set_timer(operation->all);
    if (operation->work->response != NULL) {
        deliver(operation);
    }
    return true;
}

void operation_cancel(struct operation *operation)
{
    struct exchange *reader = operation->reader;
    if (reader != NULL) {
        reader->operation = NULL;
        reply_problem(reader, &(struct problem){.status = STATUS_USER_CANCELLED,
                                                .detail = "The page itself cancelled this."});
    }
    free_operation(operation);
}

void operation_leave(struct operation *operation)
{
    free_operation(operation);
}
