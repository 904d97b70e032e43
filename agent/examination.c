#include "agent/examination.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/card_key.h"
#include "agent/refusal.h"
#include "agent/worker_link.h"
#include "certs/certificate.h"

struct examination {
    struct operations *operations;
    enum examination_kind kind;
    uv_timer_t limit;
    void (*done)(void *context, json_t *answer);
    void *context;
    struct worker_link *worker;
    enum trust_purpose purpose; /* looked for now */
    json_t *answer;
};

static void on_limit_closed(uv_handle_t *limit)
{
    struct examination *examination = limit->data;
    json_decref(examination->answer);
    free(examination);
}

static void let_go(struct examination *examination)
{
    worker_release(&examination->worker);
    operations_give_back(examination->operations);
    uv_close((uv_handle_t *)&examination->limit, on_limit_closed);
}

static void finish(struct examination *examination)
{
    let_go(examination);
    examination->done(examination->context, examination->answer);
}

static void refuse(struct examination *examination, const struct refusal *refusal)
{
    json_decref(examination->answer);
    examination->answer = refusal_json(refusal);
    finish(examination);
}

static void fail(struct examination *examination, enum status status, const char *detail)
{
    const struct refusal refusal = {
        .status = status, .detail = detail, .tries_left = TRIES_UNKNOWN};
    refuse(examination, &refusal);
}

/* "2024-05-01", UTC; NULL for what is no date, or if memory is out. */
static json_t *date_json(const ASN1_TIME *time)
{
    struct tm broken_down;
    char text[sizeof "2024-05-01T00:00:00"];
    if (ASN1_TIME_to_tm(time, &broken_down) != 1 ||
        strftime(text, sizeof text, "%Y-%m-%d", &broken_down) == 0) {
        return NULL;
    }
    return json_string(text);
}

/* KEYSTATE of docs/protocols.md; NULL for an improper key. */
static json_t *key_state(json_t *json)
{
    struct card_key key;
    if (!card_key_read(json, 0, &key)) {
        return NULL;
    }
    X509 *certificate = certificate_from_base64(key.certificate);
    if (certificate == NULL) {
        return NULL;
    }
    json_t *state = json_pack("{s:s, s:o, s:o, s:{s:i, s:b, s:b}}", "reader", key.reader,
                              "valid_from", date_json(X509_get0_notBefore(certificate)),
                              "valid_until", date_json(X509_get0_notAfter(certificate)), "pin",
                              "tries_left", key.pin.tries_left, "blocked", (int)key.pin_blocked,
                              "not_set", (int)key.pin_not_set);
    X509_free(certificate);
    return state;
}

/* CERTIFICATE of docs/protocols.md; NULL for an improper key. */
static json_t *key_certificate(json_t *json)
{
    struct card_key key;
    if (!card_key_read(json, 0, &key)) {
        return NULL;
    }
    return json_pack("{s:s, s:s, s:O}", "reader", key.reader, "certificate", key.certificate,
                     "chain", key.chain);
}

static json_t *key_list(enum examination_kind kind, json_t *keys)
{
    json_t *list = json_array();
    size_t i;
    json_t *key;
    json_array_foreach (keys, i, key) {
        json_t *item = kind == EXAMINE_STATES ? key_state(key) : key_certificate(key);
        if (list != NULL && json_array_append_new(list, item) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static unsigned wants_of(const struct examination *examination)
{
    return examination->kind == EXAMINE_CERTIFICATES ? FIND_CHAIN : 0;
}

static void look_for(struct examination *examination, enum trust_purpose purpose)
{
    examination->purpose = purpose;
    if (!worker_find(examination->worker, purpose, wants_of(examination))) {
        fail(examination, STATUS_INTERNAL, "piradi-worker cannot be asked");
    }
}

/* Takes the list over. */
static void note(struct examination *examination, json_t *list)
{
    if (json_object_set_new(examination->answer, purpose_word(examination->purpose), list) != 0) {
        fail(examination, STATUS_INTERNAL, "piradi-worker gave no proper key");
    } else if (examination->purpose == TRUST_LOGIN) {
        look_for(examination, TRUST_SIGN);
    } else {
        finish(examination);
    }
}

static void on_keys(void *context, json_t *keys)
{
    struct examination *examination = context;
    note(examination, key_list(examination->kind, keys));
}

static void on_refused(void *context, const struct refusal *refusal)
{
    if (refusal->status == STATUS_NO_CERTIFICATE) {
        note(context, json_array());
    } else {
        refuse(context, refusal);
    }
}

static void on_broken(void *context)
{
    fail(context, STATUS_INTERNAL, "piradi-worker ended");
}

/* Nothing was asked that a PIN or a signature could answer. */
static void on_pin_refused(void *context, int tries_left)
{
    (void)tries_left;
    on_broken(context);
}

static void on_signature(void *context, const char *signature, const char *algorithm)
{
    (void)signature;
    (void)algorithm;
    on_broken(context);
}

static void on_limit(uv_timer_t *limit)
{
    fail(limit->data, STATUS_CARD_TIMEOUT, "the worker does not answer");
}

static const struct worker_handlers worker_handlers = {
    .keys = on_keys,
    .pin_refused = on_pin_refused,
    .signature = on_signature,
    .pin_set = on_broken,
    .refused = on_refused,
    .broken = on_broken,
};

/* A worker from whose PIN socket none can ever come. */
static struct worker_link *start_worker(struct examination *examination, uv_loop_t *loop)
{
    int pins[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pins) != 0) {
        return NULL;
    }
    struct worker_link *worker = worker_start(loop, pins[1], &worker_handlers, examination);
    close(pins[0]);
    close(pins[1]);
    return worker;
}

enum status examination_start(uv_loop_t *loop, struct operations *operations,
                              enum examination_kind kind,
                              void (*done)(void *context, json_t *answer), void *context,
                              struct examination **started)
{
    struct examination *examination = calloc(1, sizeof *examination);
    if (examination == NULL) {
        return STATUS_INTERNAL;
    }
    if (!operations_reserve(operations)) {
        free(examination);
        return STATUS_BUSY;
    }
    examination->operations = operations;
    examination->kind = kind;
    examination->done = done;
    examination->context = context;
    examination->answer = json_pack("{s:s}", "status", status_code(STATUS_OK));
    examination->limit.data = examination;
    uv_timer_init(loop, &examination->limit);
    examination->worker = start_worker(examination, loop);
    examination->purpose = TRUST_LOGIN;
    if (examination->worker == NULL ||
        !worker_find(examination->worker, TRUST_LOGIN, wants_of(examination))) {
        let_go(examination);
        return STATUS_INTERNAL;
    }
    uv_timer_start(&examination->limit, on_limit, OPERATION_CARD_MS, 0);
    *started = examination;
    return STATUS_OK;
}

void examination_cancel(struct examination **handle)
{
    struct examination *examination = *handle;
    *handle = NULL;
    if (examination != NULL) {
        let_go(examination);
    }
}
