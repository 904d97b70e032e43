#include "agent/cli/exchange.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "agent/cli/language.h"
#include "agent/cli/progress.h"
#include "agent/client.h"

#define STOPS 3

struct conversation {
    struct exchange *exchange;
    struct agent_client *client;
    struct outcome outcome;
    uv_signal_t stops[STOPS];
    uv_timer_t limit;
    uint64_t uploaded;
    uint64_t downloaded;
};

static void end(struct conversation *conversation, struct outcome outcome)
{
    conversation->outcome = outcome;
    agent_client_close(&conversation->client);
    for (size_t i = 0; i < STOPS; i++) {
        uv_close((uv_handle_t *)&conversation->stops[i], NULL);
    }
    uv_close((uv_handle_t *)&conversation->limit, NULL);
}

static struct outcome outcome_of_write_error(int error)
{
    return error == ENOSPC || error == EDQUOT ? outcome_of_status(STATUS_DISK_FULL)
                                              : outcome_of_fault(FAULT_UNWRITABLE);
}

static void on_event(void *context, const json_t *event)
{
    (void)context;
    static const struct {
        const char *need;
        const char *text;
    } needs[] = {
        {"pcsc", N_("Waiting for the card service (pcscd)…")},
        {"reader", N_("Connect the card reader…")},
        {"card", N_("Insert your ID card into the reader…")},
        {"pin", N_("Enter the PIN in the window…")},
        {"card-work", N_("The card is working…")},
    };
    const char *need = json_string_value(json_object_get(event, "for"));
    for (size_t i = 0; need != NULL && i < sizeof needs / sizeof *needs; i++) {
        if (strcmp(need, needs[i].need) == 0) {
            progress_say(_(needs[i].text));
        }
    }
}

static void on_answer(void *context, enum status status, const json_t *answer)
{
    struct conversation *conversation = context;
    conversation->exchange->answer = json_deep_copy(answer);
    conversation->outcome =
        outcome_of_status(conversation->exchange->answer != NULL ? status : STATUS_INTERNAL);
}

static void on_writable(void *context)
{
    struct conversation *conversation = context;
    struct exchange *exchange = conversation->exchange;
    static uint8_t piece[AGENT_CLIENT_PIECE_MAX];
    uint64_t left = exchange->upload >= 0 ? exchange->upload_size - conversation->uploaded : 0;
    if (left == 0) {
        return;
    }
    size_t wanted = left < sizeof piece ? (size_t)left : sizeof piece;
    ssize_t got = pread(exchange->upload, piece, wanted, (off_t)conversation->uploaded);
    if (got <= 0) { /* shorter than it was */
        end(conversation, outcome_of_fault(FAULT_UNREADABLE));
    } else if (!agent_client_write(conversation->client, piece, (size_t)got)) {
        end(conversation, outcome_of_status(STATUS_INTERNAL));
    } else {
        conversation->uploaded += (uint64_t)got;
        progress_share(_("Preparing the letter"), conversation->uploaded, exchange->upload_size);
    }
}

static void on_data(void *context, const uint8_t *bytes, size_t size)
{
    struct conversation *conversation = context;
    const struct exchange *exchange = conversation->exchange;
    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(exchange->download, bytes + done, size - done);
        if (wrote < 0 && errno != EINTR) {
            end(conversation, outcome_of_write_error(errno));
            return;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    conversation->downloaded += size;
    json_int_t total = json_integer_value(json_object_get(exchange->answer, "size"));
    progress_share(_("Saving the signed letter"), conversation->downloaded, (uint64_t)total);
}

static void on_ended(void *context, enum agent_client_end how)
{
    struct conversation *conversation = context;
    end(conversation,
        how == AGENT_CLIENT_DONE ? conversation->outcome : outcome_of_status(STATUS_INTERNAL));
}

static void on_stop(uv_signal_t *stop, int number)
{
    (void)number;
    end(stop->data, outcome_of_fault(FAULT_INTERRUPTED));
}

static void on_limit(uv_timer_t *limit)
{
    end(limit->data, outcome_of_status(STATUS_CARD_TIMEOUT));
}

static void start_watches(uv_loop_t *loop, struct conversation *conversation)
{
    static const int numbers[STOPS] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < STOPS; i++) {
        conversation->stops[i].data = conversation;
        uv_signal_init(loop, &conversation->stops[i]);
        uv_signal_start(&conversation->stops[i], on_stop, numbers[i]);
    }
    conversation->limit.data = conversation;
    uv_timer_init(loop, &conversation->limit);
    if (conversation->exchange->limit_ms > 0) {
        uv_timer_start(&conversation->limit, on_limit, conversation->exchange->limit_ms, 0);
    }
}

struct outcome exchange_run(struct exchange *exchange)
{
    static const struct agent_client_handlers handlers = {
        .event = on_event,
        .answer = on_answer,
        .data = on_data,
        .writable = on_writable,
        .ended = on_ended,
    };
    struct conversation conversation = {.exchange = exchange};
    uv_loop_t loop;
    exchange->answer = NULL;
    if (uv_loop_init(&loop) != 0) {
        return outcome_of_status(STATUS_INTERNAL);
    }
    conversation.client = agent_client_start(&loop, exchange->request, &handlers, &conversation);
    if (conversation.client == NULL) {
        conversation.outcome = outcome_of_fault(FAULT_NO_AGENT);
    } else {
        start_watches(&loop, &conversation);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    progress_clear();
    return conversation.outcome;
}

const char *exchange_detail(const struct exchange *exchange)
{
    return json_string_value(json_object_get(exchange->answer, "detail"));
}

json_t *exchange_from_terminal(json_t *request)
{
    char name[PATH_MAX];
    if (request != NULL && ttyname_r(STDERR_FILENO, name, sizeof name) == 0 &&
        strncmp(name, "/dev/pts/", strlen("/dev/pts/")) == 0 &&
        json_object_set_new(request, "terminal", json_string(name)) != 0) {
        json_decref(request);
        request = NULL;
    }
    return request;
}
