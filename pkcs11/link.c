#include "pkcs11/link.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pkcs11/pcsc.h"

#define THREAD_STACK_SIZE ((size_t)256 * 1024)
/* How long a call waits for a thread that missed an earlier deadline. */
#define RETURN_GRACE_MS 300
/* How long link_free waits for the card to be let go. */
#define FAREWELL_MS 2000
/* So much before the deadline it is told that others did not let the card go, so that the caller is
 * still there to hear it. */
#define ANSWER_MARGIN_MS 50
/* How long an unused connection stays. */
#define IDLE_MS 2000

enum job {
    JOB_NONE,
    JOB_OPEN,
    JOB_TAKE,
    JOB_TRANSMIT,
    JOB_GET_FEATURES,
    JOB_CONTROL,
    JOB_RELEASE,
    JOB_DISCONNECT,
};

struct kept {
    struct secret *pin; /* empty: none is kept */
    int64_t until;
};

struct link {
    pthread_mutex_t mutex;
    pthread_cond_t to_thread;
    pthread_cond_t to_caller;
    pthread_t thread;
    bool thread_runs;
    bool ending;
    bool orphan; /* the owner is gone: the thread frees the link */

    enum job job;
    enum link_use use;
    int64_t job_deadline;
    enum status status;
    bool deserted; /* the caller did not wait for the job's end */
    enum status deserted_with;

    bool connected;
    bool taken;
    bool held;         /* taken by LINK_HOLD */
    bool in_operation; /* between link_take and link_done, link_keep, link_release */
    int64_t until;     /* out of an operation: when to let a held card go, or else to disconnect */
    bool card_known;   /* the state's connection number is for a card with these changes */
    uint32_t changes;
    struct link_state state;
    struct kept kept[LINK_PINS];

    /* The thread's own while a job runs. */
    struct pcsc *pcsc;
    struct pcsc_card *card;
    bool exclusive; /* so is the card connected */
    char reader[PCSC_NAME_SIZE];
    uint32_t control_code;
    bool command_is_secret;
    struct secret *secret_command;
    uint8_t command[LINK_COMMAND_MAX];
    size_t command_size;
    size_t first_size; /* of the first of two in `command`; 0: there is one */
    bool both_sent;
    size_t response_size;
    uint8_t response[PCSC_RESPONSE_MAX];
};

int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct timespec timespec_of(int64_t ms)
{
    return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
}

static void free_secrets(struct link *link)
{
    secret_free(&link->secret_command);
    for (size_t i = 0; i < LINK_PINS; i++) {
        secret_free(&link->kept[i].pin);
    }
}

static bool new_secrets(struct link *link)
{
    link->secret_command = secret_new();
    bool all = link->secret_command != NULL;
    for (size_t i = 0; i < LINK_PINS; i++) {
        link->kept[i].pin = secret_new();
        all = all && link->kept[i].pin != NULL;
    }
    return all;
}

static void destroy(struct link *link)
{
    free_secrets(link);
    pthread_cond_destroy(&link->to_caller);
    pthread_cond_destroy(&link->to_thread);
    pthread_mutex_destroy(&link->mutex);
    free(link);
}

struct link *link_new(const char *reader)
{
    struct link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return NULL;
    }
    if (!new_secrets(link)) {
        free_secrets(link);
        free(link);
        return NULL;
    }
    memcpy(link->reader, reader, strnlen(reader, sizeof link->reader - 1));
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&link->mutex, NULL);
    pthread_cond_init(&link->to_thread, &monotonic);
    pthread_cond_init(&link->to_caller, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return link;
}

/*
 * What the thread does. The mutex is held at the beginning and the end of each function, and not
 * while pcsc.h is at work.
 */

static void disconnect(struct link *link, bool reset)
{
    link->connected = false;
    link->taken = false;
    link->held = false;
    link->in_operation = false;
    pthread_mutex_unlock(&link->mutex);
    pcsc_disconnect(&link->card, reset);
    pthread_mutex_lock(&link->mutex);
}

/* After a failure: the next card may be another one, and pcscd too. */
static void forget(struct link *link, bool reset)
{
    disconnect(link, reset);
    for (size_t i = 0; i < LINK_PINS; i++) {
        secret_clear(link->kept[i].pin);
    }
    link->card_known = false;
    pthread_mutex_unlock(&link->mutex);
    pcsc_close(&link->pcsc);
    pthread_mutex_lock(&link->mutex);
}

/* An exclusive connection ends, so that the card is reset before anybody can connect. A card that
 * cannot be let go properly is not left with a verified PIN either. */
static void let_go(struct link *link, bool reset)
{
    if (!link->taken) {
        return;
    }
    if (link->exclusive) {
        disconnect(link, reset);
        return;
    }
    link->taken = false;
    link->held = false;
    link->in_operation = false;
    pthread_mutex_unlock(&link->mutex);
    enum status status = pcsc_release(link->card, reset);
    pthread_mutex_lock(&link->mutex);
    if (status != STATUS_OK) {
        forget(link, true);
    }
}

/* Without the mutex. Waits while others have the card exclusively. */
static enum status connect_shared(struct link *link, int64_t deadline, uint32_t *changes)
{
    unsigned long state = PCSC_STATE_UNKNOWN;
    for (;;) {
        enum status status = pcsc_connect(link->pcsc, link->reader, false, &link->card, changes);
        int64_t left = deadline - ANSWER_MARGIN_MS - now_ms();
        if (status != STATUS_CARD_BUSY || left <= 0) {
            return status;
        }
        status = pcsc_wait_for_change(link->pcsc, link->reader, (uint32_t)left, &state);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

/* Without the mutex. */
static enum status open_context(struct link *link)
{
    return link->pcsc == NULL ? pcsc_open(&link->pcsc) : STATUS_OK;
}

/* Without the mutex. To hold the card exclusively, one's own shared connection must end. */
static enum status connect_for(struct link *link, enum link_use use, int64_t deadline,
                               uint32_t *changes)
{
    enum status status = open_context(link);
    link->exclusive = false;
    if (status != STATUS_OK || (use == LINK_READ && link->card != NULL)) {
        return status;
    }
    pcsc_disconnect(&link->card, false);
    if (use == LINK_HOLD) {
        status = pcsc_connect(link->pcsc, link->reader, true, &link->card, changes);
        link->exclusive = status == STATUS_OK;
    }
    if (use == LINK_READ || status == STATUS_CARD_BUSY) {
        status = connect_shared(link, deadline, changes);
    }
    return status;
}

static enum status take(struct link *link)
{
    enum link_use use = link->use;
    int64_t deadline = link->job_deadline;
    uint32_t changes = link->changes;
    pthread_mutex_unlock(&link->mutex);
    enum status status = connect_for(link, use, deadline, &changes);
    pthread_mutex_lock(&link->mutex);
    if (status == STATUS_OK) {
        link->connected = true;
        link->state.connection += link->card_known && changes == link->changes ? 0 : 1;
        link->card_known = true;
        link->changes = changes;
    }
    if (status == STATUS_OK && !link->exclusive) {
        pthread_mutex_unlock(&link->mutex);
        status = pcsc_take(link->card);
        pthread_mutex_lock(&link->mutex);
    }
    if (status == STATUS_OK) {
        link->taken = true;
        link->held = use == LINK_HOLD;
        link->in_operation = true;
        link->state.epoch++;
    } else if (status != STATUS_CARD_BUSY) {
        forget(link, false);
    }
    return status;
}

static bool is_plain_ok(const struct link *link)
{
    return link->response_size == 2 && link->response[0] == 0x90 && link->response[1] == 0x00;
}

/* Without the mutex. */
static enum status transmit_all(struct link *link, const uint8_t *command)
{
    enum status status = STATUS_OK;
    link->both_sent = false;
    if (link->first_size > 0) {
        status = pcsc_transmit(link->card, command, link->first_size, link->response,
                               &link->response_size);
        link->both_sent = status == STATUS_OK && is_plain_ok(link);
        if (!link->both_sent) {
            return status;
        }
    }
    return pcsc_transmit(link->card, command + link->first_size,
                         link->command_size - link->first_size, link->response,
                         &link->response_size);
}

static enum status transmit(struct link *link)
{
    if (!link->taken) {
        return STATUS_INTERNAL;
    }
    const uint8_t *command = link->command;
    if (link->command_is_secret) {
        command = secret_bytes_direct(link->secret_command);
    }
    pthread_mutex_unlock(&link->mutex);
    enum status status = transmit_all(link, command);
    pthread_mutex_lock(&link->mutex);
    secret_clear(link->secret_command);
    return status;
}

/* What goes to the reader and not to the card. */
static enum status ask_reader(struct link *link)
{
    if (!link->taken) {
        return STATUS_INTERNAL;
    }
    pthread_mutex_unlock(&link->mutex);
    enum status status =
        link->job == JOB_GET_FEATURES
            ? pcsc_get_features(link->card, link->response, &link->response_size)
            : pcsc_control(link->card, link->control_code, link->command, link->command_size,
                           link->response, &link->response_size);
    pthread_mutex_lock(&link->mutex);
    return status;
}

static void run_job(struct link *link)
{
    link->status = STATUS_OK;
    switch (link->job) {
    case JOB_OPEN:
        pthread_mutex_unlock(&link->mutex);
        link->status = open_context(link);
        pthread_mutex_lock(&link->mutex);
        break;
    case JOB_TAKE:
        link->status = take(link);
        break;
    case JOB_TRANSMIT:
        link->status = transmit(link);
        break;
    case JOB_GET_FEATURES:
    case JOB_CONTROL:
        link->status = ask_reader(link);
        break;
    case JOB_RELEASE:
        let_go(link, link->held);
        break;
    case JOB_DISCONNECT:
        let_go(link, link->held);
        forget(link, false);
        break;
    case JOB_NONE:
        break;
    }
}

/* When the thread has to do something unasked; INT64_MAX: never. */
static int64_t next_duty(const struct link *link)
{
    int64_t next = INT64_MAX;
    if (link->connected && !link->in_operation) {
        next = link->until;
    }
    for (size_t i = 0; i < LINK_PINS; i++) {
        const struct kept *kept = &link->kept[i];
        if (secret_size(kept->pin) > 0 && kept->until < next) {
            next = kept->until;
        }
    }
    return next;
}

/* Ends a hold whose time is over, and later the connection; wipes a PIN whose time is over. */
static void do_duties(struct link *link)
{
    int64_t now = now_ms();
    for (size_t i = 0; i < LINK_PINS; i++) {
        if (now >= link->kept[i].until) {
            secret_clear(link->kept[i].pin);
        }
    }
    if (!link->connected || link->in_operation || now < link->until) {
        return;
    }
    link->until = now + IDLE_MS;
    if (link->held) {
        let_go(link, true);
    } else {
        disconnect(link, false);
    }
}

static void await_job(struct link *link)
{
    while (link->job == JOB_NONE && !link->ending) {
        int64_t next = next_duty(link);
        struct timespec until = timespec_of(next);
        if (next == INT64_MAX) {
            pthread_cond_wait(&link->to_thread, &link->mutex);
        } else if (pthread_cond_timedwait(&link->to_thread, &link->mutex, &until) == ETIMEDOUT &&
                   link->job == JOB_NONE) {
            do_duties(link);
        }
    }
}

static void *serve(void *argument)
{
    struct link *link = argument;
    pthread_mutex_lock(&link->mutex);
    await_job(link);
    while (link->job != JOB_NONE) {
        if (!link->deserted) {
            run_job(link);
        }
        if (link->deserted) {
            /* Nobody waits for this any more, and nobody knows what the card was told. */
            let_go(link, true);
            if (link->job != JOB_TAKE) {
                forget(link, false);
            }
            link->deserted = false;
        }
        link->job = JOB_NONE;
        /* Without the mutex, which the caller needs first when it wakes up. */
        pthread_mutex_unlock(&link->mutex);
        pthread_cond_broadcast(&link->to_caller);
        pthread_mutex_lock(&link->mutex);
        await_job(link);
    }
    let_go(link, link->held);
    forget(link, false);
    link->thread_runs = false;
    bool orphan = link->orphan;
    pthread_cond_broadcast(&link->to_caller);
    pthread_mutex_unlock(&link->mutex);
    if (orphan) {
        destroy(link);
    }
    return NULL;
}

/* No signal of the application's is handled on a thread of ours. */
static enum status start_thread(struct link *link)
{
    sigset_t all;
    sigset_t before;
    pthread_attr_t attributes;
    sigfillset(&all);
    if (pthread_attr_init(&attributes) != 0) {
        return STATUS_INTERNAL;
    }
    pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int error = pthread_create(&link->thread, &attributes, serve, link);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    link->thread_runs = error == 0;
    return error == 0 ? STATUS_OK : STATUS_INTERNAL;
}

/* What the caller does. The mutex is held in all of these. */

/* False if the job is not over at the deadline. */
static bool job_ends_by(struct link *link, int64_t deadline)
{
    struct timespec until = timespec_of(deadline);
    int error = 0;
    while (link->job != JOB_NONE && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&link->to_caller, &link->mutex, &until);
    }
    return link->job == JOB_NONE;
}

/* Whether another program is connected to the card that does not come up for us. */
static bool reader_is_in_use(const char *reader)
{
    struct pcsc_reader readers[PCSC_READERS_MAX];
    size_t count = 0;
    struct pcsc *pcsc = NULL;
    bool in_use = false;
    if (pcsc_open(&pcsc) != STATUS_OK) {
        return false;
    }
    if (pcsc_list(pcsc, readers, &count) == STATUS_OK) {
        for (size_t i = 0; i < count; i++) {
            in_use = in_use || (strcmp(readers[i].name, reader) == 0 && readers[i].in_use);
        }
    }
    pcsc_close(&pcsc);
    return in_use;
}

static void post_job(struct link *link, enum job job, int64_t deadline)
{
    link->job = job;
    link->job_deadline = deadline;
    pthread_cond_signal(&link->to_thread);
}

static enum status give_job(struct link *link, enum job job, int64_t deadline)
{
    post_job(link, job, deadline);
    if (job_ends_by(link, deadline)) {
        return link->status;
    }
    link->deserted = true;
    link->deserted_with = STATUS_CARD_TIMEOUT;
    if (job == JOB_TAKE && (link->connected || reader_is_in_use(link->reader))) {
        link->deserted_with = STATUS_CARD_BUSY;
    }
    link->in_operation = false;
    return link->deserted_with;
}

/* OK when the thread can be given a job. It may still be at one that nobody waited for. */
static enum status be_ready(struct link *link, int64_t deadline)
{
    if (!link->thread_runs) {
        return start_thread(link);
    }
    if (job_ends_by(link, link->deserted ? now_ms() + RETURN_GRACE_MS : deadline)) {
        return STATUS_OK;
    }
    if (!link->deserted) {
        link->deserted = true;
        link->deserted_with = STATUS_CARD_TIMEOUT;
    }
    return link->deserted_with;
}

void link_prepare(struct link *link)
{
    pthread_mutex_lock(&link->mutex);
    if (!link->thread_runs && start_thread(link) == STATUS_OK) {
        post_job(link, JOB_OPEN, INT64_MAX);
    }
    pthread_mutex_unlock(&link->mutex);
}

enum status link_take(struct link *link, enum link_use use, int64_t deadline,
                      struct link_state *state)
{
    pthread_mutex_lock(&link->mutex);
    enum status status = be_ready(link, deadline);
    if (status == STATUS_OK && !link->held) {
        link->use = use;
        status = give_job(link, JOB_TAKE, deadline);
    }
    if (status == STATUS_OK) {
        link->in_operation = true;
        *state = link->state;
    }
    pthread_mutex_unlock(&link->mutex);
    return status;
}

static enum status answer_by(struct link *link, enum job job, int64_t deadline,
                             const uint8_t **response, size_t *response_size)
{
    enum status status = give_job(link, job, deadline);
    if (status == STATUS_OK) {
        *response = link->response;
        *response_size = link->response_size;
    }
    return status;
}

enum status link_transmit_two(struct link *link, const uint8_t *commands, size_t first_size,
                              size_t size, int64_t deadline, const uint8_t **response,
                              size_t *response_size, bool *both)
{
    if (size > LINK_COMMAND_MAX || first_size >= size) {
        return STATUS_INTERNAL;
    }
    pthread_mutex_lock(&link->mutex);
    enum status status = be_ready(link, deadline);
    if (status == STATUS_OK) {
        memcpy(link->command, commands, size);
        link->command_size = size;
        link->first_size = first_size;
        link->command_is_secret = false;
        status = answer_by(link, JOB_TRANSMIT, deadline, response, response_size);
    }
    if (status == STATUS_OK) {
        *both = link->both_sent;
    }
    pthread_mutex_unlock(&link->mutex);
    return status;
}

enum status link_transmit(struct link *link, const uint8_t *command, size_t size, int64_t deadline,
                          const uint8_t **response, size_t *response_size)
{
    bool both;
    return link_transmit_two(link, command, 0, size, deadline, response, response_size, &both);
}

enum status link_transmit_secret(struct link *link, const struct secret *command, int64_t deadline,
                                 const uint8_t **response, size_t *response_size)
{
    pthread_mutex_lock(&link->mutex);
    enum status status = be_ready(link, deadline);
    if (status == STATUS_OK &&
        !secret_set(link->secret_command, secret_bytes_direct(command), secret_size(command))) {
        status = STATUS_INTERNAL;
    }
    if (status == STATUS_OK) {
        link->command_size = secret_size(command);
        link->first_size = 0;
        link->command_is_secret = true;
        status = answer_by(link, JOB_TRANSMIT, deadline, response, response_size);
    }
    pthread_mutex_unlock(&link->mutex);
    return status;
}

enum status link_get_features(struct link *link, int64_t deadline, const uint8_t **response,
                              size_t *response_size)
{
    pthread_mutex_lock(&link->mutex);
    enum status status = be_ready(link, deadline);
    if (status == STATUS_OK) {
        status = answer_by(link, JOB_GET_FEATURES, deadline, response, response_size);
    }
    pthread_mutex_unlock(&link->mutex);
    return status;
}

enum status link_control(struct link *link, uint32_t code, const uint8_t *request, size_t size,
                         int64_t deadline, const uint8_t **response, size_t *response_size)
{
    if (size > LINK_COMMAND_MAX) {
        return STATUS_INTERNAL;
    }
    pthread_mutex_lock(&link->mutex);
    enum status status = be_ready(link, deadline);
    if (status == STATUS_OK) {
        memcpy(link->command, request, size);
        link->command_size = size;
        link->control_code = code;
        status = answer_by(link, JOB_CONTROL, deadline, response, response_size);
    }
    pthread_mutex_unlock(&link->mutex);
    return status;
}

bool link_is_held(struct link *link)
{
    pthread_mutex_lock(&link->mutex);
    bool held = link->held;
    pthread_mutex_unlock(&link->mutex);
    return held;
}

void link_keep(struct link *link, int64_t duration_ms)
{
    pthread_mutex_lock(&link->mutex);
    link->in_operation = false;
    link->until = now_ms() + duration_ms;
    pthread_cond_signal(&link->to_thread);
    pthread_mutex_unlock(&link->mutex);
}

/* True if the thread can be told to let go. One that cannot in time does it when it is back. */
static bool end_operation(struct link *link, int64_t deadline)
{
    link->in_operation = false;
    link->until = now_ms() + IDLE_MS;
    return link->thread_runs && be_ready(link, deadline) == STATUS_OK;
}

static void give_last_job(struct link *link, enum job job, int64_t deadline)
{
    if (end_operation(link, deadline)) {
        enum status ignored = give_job(link, job, deadline);
        (void)ignored;
    }
}

void link_done(struct link *link, int64_t deadline)
{
    pthread_mutex_lock(&link->mutex);
    if (link->held) {
        link->in_operation = false;
        pthread_cond_signal(&link->to_thread);
    } else if (end_operation(link, deadline)) {
        post_job(link, JOB_RELEASE, deadline);
    }
    pthread_mutex_unlock(&link->mutex);
}

void link_release(struct link *link, int64_t deadline)
{
    pthread_mutex_lock(&link->mutex);
    give_last_job(link, JOB_RELEASE, deadline);
    pthread_mutex_unlock(&link->mutex);
}

/* Nobody comes between an exclusive connection and its reset, not even when we die now. */
void link_release_soon(struct link *link, int64_t deadline)
{
    pthread_mutex_lock(&link->mutex);
    if (!link->exclusive) {
        give_last_job(link, JOB_RELEASE, deadline);
    } else if (end_operation(link, deadline)) {
        post_job(link, JOB_RELEASE, deadline);
    }
    pthread_mutex_unlock(&link->mutex);
}

void link_disconnect(struct link *link, int64_t deadline)
{
    pthread_mutex_lock(&link->mutex);
    give_last_job(link, JOB_DISCONNECT, deadline);
    pthread_mutex_unlock(&link->mutex);
}

bool link_keep_pin(struct link *link, size_t place, const struct secret *pin, int64_t duration_ms)
{
    pthread_mutex_lock(&link->mutex);
    struct kept *kept = &link->kept[place];
    bool done = secret_set(kept->pin, secret_bytes_direct(pin), secret_size(pin));
    kept->until = now_ms() + duration_ms;
    pthread_cond_signal(&link->to_thread);
    pthread_mutex_unlock(&link->mutex);
    return done;
}

bool link_copy_pin(struct link *link, size_t place, struct secret *pin)
{
    pthread_mutex_lock(&link->mutex);
    const struct kept *kept = &link->kept[place];
    bool there = secret_size(kept->pin) > 0 && now_ms() < kept->until &&
                 secret_set(pin, secret_bytes_direct(kept->pin), secret_size(kept->pin));
    pthread_mutex_unlock(&link->mutex);
    return there;
}

void link_drop_pin(struct link *link, size_t place)
{
    pthread_mutex_lock(&link->mutex);
    secret_clear(link->kept[place].pin);
    pthread_mutex_unlock(&link->mutex);
}

void link_free(struct link **link)
{
    if (link == NULL || *link == NULL) {
        return;
    }
    struct link *freed = *link;
    *link = NULL;
    struct timespec until = timespec_of(now_ms() + FAREWELL_MS);
    int error = 0;
    pthread_mutex_lock(&freed->mutex);
    bool was_started = freed->thread_runs;
    freed->ending = true;
    pthread_cond_signal(&freed->to_thread);
    while (freed->thread_runs && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&freed->to_caller, &freed->mutex, &until);
    }
    bool returned = !freed->thread_runs;
    freed->orphan = !returned;
    pthread_t thread = freed->thread;
    pthread_mutex_unlock(&freed->mutex);
    if (was_started && returned) {
        pthread_join(thread, NULL);
    } else if (was_started) {
        pthread_detach(thread);
    }
    if (returned) {
        destroy(freed);
    }
}
