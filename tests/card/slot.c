#include "tests/card/slot.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"

#define RETRY_MS 20
#define SLOW_COMMAND_MS 8
#define SLOW_BYTES_PER_MS 25 /* 40 microseconds each */
#define SLOW_SIGNATURE_MS 350

enum { CONTROL_POWER_OFF = 0, CONTROL_POWER_ON = 1, CONTROL_RESET = 2, CONTROL_ATR = 4 };

/* Outlives its slot's interest in it until libuv has closed the handle. */
struct slot_connection {
    struct slot *slot; /* NULL: given up */
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct buffer received;
    uint8_t chunk[4096];
};

struct outgoing {
    uv_write_t request;
    uint8_t bytes[];
};

static void start_connecting(struct slot *slot);
static void serve(struct slot *slot);

static void on_closed(uv_handle_t *handle)
{
    struct slot_connection *connection = handle->data;
    buffer_free(&connection->received);
    free(connection);
}

/*
 * By a reset, not an orderly end: vpcd would take that for an empty answer and tell the application
 * that the exchange succeeded. In the middle of an exchange it does so even then, unless it has
 * read the length of a message; so it gets one without a message. Applications now see what a
 * reader's driver reports of a card that was pulled: a failed exchange.
 */
static void close_abruptly(struct slot_connection *connection, bool answer_is_due)
{
    static uint8_t length_alone[] = {0, 2};
    if (answer_is_due) {
        uv_buf_t buf = uv_buf_init((char *)length_alone, sizeof length_alone);
        uv_try_write((uv_stream_t *)&connection->tcp, &buf, 1);
    }
    if (uv_tcp_close_reset(&connection->tcp, on_closed) != 0) {
        uv_close((uv_handle_t *)&connection->tcp, on_closed);
    }
}

static void disconnect(struct slot *slot)
{
    struct slot_connection *connection = slot->connection;
    if (connection != NULL) {
        slot->connection = NULL;
        connection->slot = NULL;
        close_abruptly(connection, slot->answer_is_due);
    }
    uv_timer_stop(&slot->delay);
    slot->answer_is_due = false;
    slot->powering = false;
    card_reset(slot->card);
}

static void on_retry(uv_timer_t *timer)
{
    start_connecting(timer->data);
}

static void lose_connection(struct slot *slot)
{
    disconnect(slot);
    uv_timer_start(&slot->retry, on_retry, RETRY_MS, 0);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* a broken connection is noticed by reading */
    free(request->data);
}

static void send_message(struct slot *slot, const uint8_t *bytes, size_t size)
{
    struct outgoing *outgoing = malloc(sizeof *outgoing + 2 + size);
    if (outgoing == NULL) {
        log_error("out of memory");
        return;
    }
    outgoing->request.data = outgoing;
    outgoing->bytes[0] = (uint8_t)(size >> 8);
    outgoing->bytes[1] = (uint8_t)size;
    if (size > 0) {
        memcpy(outgoing->bytes + 2, bytes, size);
    }
    uv_buf_t buf = uv_buf_init((char *)outgoing->bytes, (unsigned)(2 + size));
    if (uv_write(&outgoing->request, (uv_stream_t *)&slot->connection->tcp, &buf, 1, on_written) !=
        0) {
        free(outgoing);
    }
}

static void send_response(struct slot *slot)
{
    slot->answer_is_due = false;
    send_message(slot, slot->response.bytes, slot->response.size);
}

static void on_delay_over(uv_timer_t *timer)
{
    struct slot *slot = timer->data;
    if (!slot->mute) {
        send_response(slot);
        serve(slot);
    }
}

static uint64_t slow_ms(const struct slot *slot, size_t command_size, unsigned long signatures)
{
    return SLOW_COMMAND_MS + (command_size + slot->response.size) / SLOW_BYTES_PER_MS +
           SLOW_SIGNATURE_MS * signatures;
}

static void run_command(struct slot *slot, const uint8_t *bytes, size_t size)
{
    unsigned long signatures = slot->card->signatures;
    slot->commands++;
    bool removed = slot->commands == slot->remove_at;
    bool goes_mute = slot->commands == slot->mute_at;
    card_answer(slot->card, bytes, size, &slot->response);
    slot->answer_is_due = true;
    slot->mute = slot->mute || goes_mute;
    apdu_log_write(slot->log, bytes, size, removed || slot->mute ? NULL : &slot->response);
    if (removed) {
        slot_remove(slot);
        return;
    }
    if (goes_mute) {
        apdu_log_event(slot->log, "mute");
    }
    if (slot->slow) {
        uv_update_time(slot->loop);
        uv_timer_start(&slot->delay, on_delay_over,
                       slow_ms(slot, size, slot->card->signatures - signatures), 0);
    } else if (!slot->mute) {
        send_response(slot);
    }
}

/*
 * What a mute card in a real reader does: its presence switch answers, its chip never. vpcd asks
 * for the ATR both to see whether a card is there and after power-on; without an answer to the
 * latter it would wait for ever, where a reader's driver reports an error.
 */
static void give_atr(struct slot *slot)
{
    bool silent = slot->mute && slot->powering;
    slot->powering = false;
    if (silent) {
        slot->answer_is_due = true;
        lose_connection(slot);
    } else {
        send_message(slot, slot->card->atr, slot->card->atr_size);
    }
}

static void run_control(struct slot *slot, uint8_t code)
{
    switch (code) {
    case CONTROL_POWER_OFF:
        card_reset(slot->card);
        slot->powering = false;
        apdu_log_event(slot->log, "power-off");
        break;
    case CONTROL_POWER_ON:
    case CONTROL_RESET:
        card_reset(slot->card);
        slot->powering = true;
        apdu_log_event(slot->log, code == CONTROL_RESET ? "reset" : "power-on");
        break;
    case CONTROL_ATR:
        give_atr(slot);
        break;
    default:
        log_warning("vpcd sent control code %u", code);
    }
}

/* Takes one whole message from what was received. */
static bool take_message(struct slot *slot, struct reader *message)
{
    struct reader all =
        reader_of(slot->connection->received.bytes, slot->connection->received.size);
    uint16_t size;
    return get_u16(&all, &size) && get_reader(&all, size, message);
}

static void serve(struct slot *slot)
{
    struct reader message;
    while (slot->connection != NULL && !slot->answer_is_due && take_message(slot, &message)) {
        struct slot_connection *connection = slot->connection;
        size_t size = message.left;
        if (size == 1) {
            run_control(slot, message.next[0]);
        } else if (size > 1) {
            run_command(slot, message.next, size);
        }
        buffer_consume(&connection->received, 2 + size);
    }
}

/* Without it vpcd's two small writes for a message (length, body) wait for each other's
 * acknowledgement: 44 ms an APDU. The kernel clears it by itself, so it is set each time. */
static void acknowledge_at_once(struct slot_connection *connection)
{
    int fd;
    int yes = 1;
    if (uv_fileno((uv_handle_t *)&connection->tcp, &fd) == 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
    }
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct slot_connection *connection = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)connection->chunk, sizeof connection->chunk);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct slot_connection *connection = stream->data;
    struct slot *slot = connection->slot;
    if (slot == NULL || size == 0) {
        return;
    }
    if (size < 0 || !put_bytes(&connection->received, buf->base, (size_t)size)) {
        lose_connection(slot);
        return;
    }
    acknowledge_at_once(connection);
    serve(slot);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct slot_connection *connection = request->data;
    struct slot *slot = connection->slot;
    if (slot == NULL) {
        return;
    }
    if (status != 0 || uv_tcp_nodelay(&connection->tcp, 1) != 0 ||
        uv_read_start((uv_stream_t *)&connection->tcp, on_allocate, on_read) != 0) {
        lose_connection(slot);
        return;
    }
    acknowledge_at_once(connection);
}

static void start_connecting(struct slot *slot)
{
    struct slot_connection *connection = calloc(1, sizeof *connection);
    struct sockaddr_in address;
    if (connection == NULL || uv_ip4_addr("127.0.0.1", slot->port, &address) != 0 ||
        uv_tcp_init(slot->loop, &connection->tcp) != 0) {
        log_error("cannot make a connection");
        free(connection);
        return;
    }
    buffer_init(&connection->received, (size_t)2 * (2 + SLOT_MESSAGE_MAX));
    connection->slot = slot;
    connection->tcp.data = connection;
    connection->connect.data = connection;
    slot->connection = connection;
    if (uv_tcp_connect(&connection->connect, &connection->tcp, (const struct sockaddr *)&address,
                       on_connected) != 0) {
        lose_connection(slot);
    }
}

void slot_init(struct slot *slot, uv_loop_t *loop, struct card *card, struct apdu_log *log)
{
    *slot = (struct slot){.loop = loop, .card = card, .log = log};
    buffer_init(&slot->response, CARD_RESPONSE_MAX);
    uv_timer_init(loop, &slot->retry);
    uv_timer_init(loop, &slot->delay);
    slot->retry.data = slot;
    slot->delay.data = slot;
}

void slot_close(struct slot *slot)
{
    slot_remove(slot);
    uv_close((uv_handle_t *)&slot->retry, NULL);
    uv_close((uv_handle_t *)&slot->delay, NULL);
    buffer_free(&slot->response);
}

void slot_insert(struct slot *slot, bool upside_down)
{
    if (!slot->inserted) {
        slot->inserted = true;
        slot->mute = upside_down;
        start_connecting(slot);
    }
}

void slot_remove(struct slot *slot)
{
    if (slot->inserted) {
        slot->inserted = false;
        slot->mute = false;
        slot->remove_at = 0;
        slot->mute_at = 0;
        uv_timer_stop(&slot->retry);
        disconnect(slot);
        apdu_log_event(slot->log, "removed");
    }
}

void slot_mute(struct slot *slot)
{
    slot->mute = true;
    apdu_log_event(slot->log, "mute");
}

void slot_unmute(struct slot *slot)
{
    slot->mute = false;
    if (slot->connection != NULL && slot->answer_is_due &&
        !uv_is_active((uv_handle_t *)&slot->delay)) {
        send_response(slot);
        serve(slot);
    }
}

void slot_remove_at(struct slot *slot, unsigned long nth)
{
    slot->remove_at = slot->commands + nth;
}

void slot_mute_at(struct slot *slot, unsigned long nth)
{
    slot->mute_at = slot->commands + nth;
}
