#include "tests/fuzz/hostile_pcsc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "pkcs11/pcsc.h"
#include "tests/unit/pkcs11/fake_card.h"

#define READER_NAME "Hostile Reader 00 00"
#define HONEST_ANSWER_MAX 4096

enum order { ORDER_CHANGE = 3, ORDER_STATUS, ORDER_ANSWER, ORDER_SIZE, ORDER_FAILURE };

struct pcsc {
    int unused;
};

struct pcsc_card {
    int unused;
};

static struct {
    pthread_mutex_t lock;
    struct reader script;
    unsigned honest; /* commands before the next order */
    unsigned calls;
    unsigned fail_at;
    enum status failure;
    uint32_t changes;
    size_t generation; /* of atrs */
} hostile = {.lock = PTHREAD_MUTEX_INITIALIZER};

#define ATR_SIZE_MAX 23

/* Of generation B, and of A. */
static const struct {
    uint8_t bytes[ATR_SIZE_MAX];
    size_t size;
} atrs[] = {
    {{0x3B, 0xDC, 0x96, 0xFF, 0x81, 0x11, 0xFE, 0x47, 0x65, 0x6F,
      0x72, 0x67, 0x69, 0x61, 0x45, 0x49, 0x44, 0x76, 0x31, 0x84},
     20},
    {{0x3B, 0xFD, 0x18, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x45, 0x80, 0x31, 0x81,
      0x53, 0x47, 0x45, 0x31, 0x73, 0x84, 0x21, 0xC0, 0x81, 0x07, 0x2E},
     23},
};

/* The right PIN, which gives back the tries that were spent. False when none were left. */
static bool restore_tries(uint8_t reference, const char *pin)
{
    uint8_t command[5 + sizeof FAKE_PIN_AUTH - 1] = {0x00, 0x20, 0x00, reference};
    uint8_t answer[HONEST_ANSWER_MAX];
    size_t size = 0;
    command[4] = sizeof FAKE_PIN_AUTH - 1;
    memcpy(command + 5, pin, command[4]);
    fake_card_answer(command, sizeof command, answer, &size);
    return size == 2 && answer[0] == 0x90;
}

/* Making a card anew takes long, as its certificates are signed. */
static void restore_card(void)
{
    static bool made;
    if (!made || !restore_tries(0x86, FAKE_PIN_AUTH) || !restore_tries(0x92, FAKE_PIN_SIGN)) {
        fake_card_renew();
    }
    made = true;
    fake_card_reset();
}

void hostile_begin(const uint8_t *script, size_t size)
{
    pthread_mutex_lock(&hostile.lock);
    restore_card();
    hostile.script = reader_of(script, size);
    hostile.generation = size % 2;
    hostile.honest = 0;
    hostile.calls = 0;
    hostile.fail_at = HOSTILE_NEVER;
    hostile.changes++;
    pthread_mutex_unlock(&hostile.lock);
}

void hostile_fail_at(unsigned nth, enum status status)
{
    pthread_mutex_lock(&hostile.lock);
    hostile.fail_at = nth == HOSTILE_NEVER ? HOSTILE_NEVER : hostile.calls + nth;
    hostile.failure = status;
    pthread_mutex_unlock(&hostile.lock);
}

unsigned hostile_calls(void)
{
    pthread_mutex_lock(&hostile.lock);
    unsigned calls = hostile.calls;
    pthread_mutex_unlock(&hostile.lock);
    return calls;
}

/* Counts a call, and says whether it fails. */
static enum status begin_call(void)
{
    pthread_mutex_lock(&hostile.lock);
    enum status status = ++hostile.calls == hostile.fail_at ? hostile.failure : STATUS_OK;
    pthread_mutex_unlock(&hostile.lock);
    return status;
}

enum status pcsc_open(struct pcsc **pcsc)
{
    enum status status = begin_call();
    struct pcsc *opened = status == STATUS_OK ? calloc(1, sizeof *opened) : NULL;
    if (opened == NULL) {
        return status == STATUS_OK ? STATUS_INTERNAL : status;
    }
    *pcsc = opened;
    return STATUS_OK;
}

void pcsc_close(struct pcsc **pcsc)
{
    free(*pcsc);
    *pcsc = NULL;
}

enum status pcsc_list(struct pcsc *pcsc, struct pcsc_reader readers[PCSC_READERS_MAX],
                      size_t *count)
{
    enum status status = begin_call();
    (void)pcsc;
    if (status == STATUS_OK) {
        readers[0] = (struct pcsc_reader){.name = READER_NAME,
                                          .card_present = true,
                                          .atr_size = atrs[hostile.generation].size,
                                          .changes = hostile.changes};
        memcpy(readers[0].atr, atrs[hostile.generation].bytes, ATR_SIZE_MAX);
        *count = 1;
    }
    return status;
}

enum status pcsc_wait(struct pcsc *pcsc, const struct pcsc_reader *readers, size_t count)
{
    (void)pcsc;
    (void)readers;
    (void)count;
    return STATUS_USER_CANCELLED;
}

enum status pcsc_wait_for_change(struct pcsc *pcsc, const char *reader, uint32_t timeout_ms,
                                 unsigned long *state)
{
    (void)pcsc;
    (void)reader;
    (void)timeout_ms;
    (void)state;
    return begin_call();
}

void pcsc_cancel(struct pcsc *pcsc)
{
    (void)pcsc;
}

enum status pcsc_connect(struct pcsc *pcsc, const char *reader, bool exclusive,
                         struct pcsc_card **card, uint32_t *changes)
{
    enum status status = begin_call();
    struct pcsc_card *connected = status == STATUS_OK ? calloc(1, sizeof *connected) : NULL;
    (void)pcsc;
    (void)reader;
    (void)exclusive;
    if (connected == NULL) {
        return status == STATUS_OK ? STATUS_INTERNAL : status;
    }
    *card = connected;
    *changes = hostile.changes;
    return STATUS_OK;
}

static void reset(void)
{
    pthread_mutex_lock(&hostile.lock);
    fake_card_reset();
    pthread_mutex_unlock(&hostile.lock);
}

void pcsc_disconnect(struct pcsc_card **card, bool with_reset)
{
    if (with_reset) {
        reset();
    }
    free(*card);
    *card = NULL;
}

enum status pcsc_take(struct pcsc_card *card)
{
    (void)card;
    return begin_call();
}

enum status pcsc_release(struct pcsc_card *card, bool with_reset)
{
    (void)card;
    if (with_reset) {
        reset();
    }
    return begin_call();
}

static void change_byte(uint8_t *answer, size_t size)
{
    uint16_t position = 0;
    uint8_t bits = 0;
    if (get_u16(&hostile.script, &position) && get_u8(&hostile.script, &bits) && size > 0) {
        answer[position % size] ^= bits;
    }
}

static void change_status(uint8_t *answer, size_t size)
{
    const uint8_t *word = NULL;
    if (get_bytes_direct(&hostile.script, 2, &word) && size >= 2) {
        memcpy(answer + size - 2, word, 2);
    }
}

static void replace(uint8_t *answer, size_t *size)
{
    const uint8_t *bytes = NULL;
    uint8_t count = 0;
    if (get_u8(&hostile.script, &count) && get_bytes_direct(&hostile.script, count, &bytes)) {
        memcpy(answer, bytes, count);
        *size = count;
    }
}

/* What is new begins anew with the answer's own bytes, and the status word stays last. */
static void resize(uint8_t *answer, size_t *size, unsigned number)
{
    uint16_t wanted = 0;
    if (number != 1 && !get_u16(&hostile.script, &wanted)) {
        return;
    }
    size_t resized = number == 1 ? PCSC_RESPONSE_MAX : wanted;
    uint8_t word[2] = {answer[*size - 2], answer[*size - 1]};
    for (size_t i = *size; i < resized; i++) {
        answer[i] = answer[i - *size];
    }
    if (resized >= sizeof word) {
        memcpy(answer + resized - sizeof word, word, sizeof word);
    }
    *size = resized;
}

static enum status fail(void)
{
    static const enum status ways[] = {STATUS_CARD_REMOVED,     STATUS_CARD_MUTE, STATUS_CARD_BUSY,
                                       STATUS_PCSC_UNAVAILABLE, STATUS_NO_CARD,   STATUS_NO_READER,
                                       STATUS_CARD_TIMEOUT,     STATUS_INTERNAL};
    uint8_t way = 0;
    return get_u8(&hostile.script, &way) ? ways[way % (sizeof ways / sizeof *ways)] : STATUS_OK;
}

static enum status spoil(uint8_t *answer, size_t *size)
{
    uint8_t order = 0;
    if (hostile.honest > 0) {
        hostile.honest--;
        return STATUS_OK;
    }
    if (!get_u8(&hostile.script, &order)) {
        return STATUS_OK;
    }
    unsigned number = order >> 3;
    switch (order & 7) {
    case ORDER_CHANGE:
        change_byte(answer, *size);
        return STATUS_OK;
    case ORDER_STATUS:
        change_status(answer, *size);
        return STATUS_OK;
    case ORDER_ANSWER:
        replace(answer, size);
        return STATUS_OK;
    case ORDER_SIZE:
        resize(answer, size, number);
        return STATUS_OK;
    case ORDER_FAILURE:
        return fail();
    default:
        hostile.honest = number;
        return STATUS_OK;
    }
}

/* A pad with both features, until the script spoils that. */
enum status pcsc_get_features(struct pcsc_card *card, uint8_t response[PCSC_RESPONSE_MAX],
                              size_t *size)
{
    static const uint8_t features[] = {0x06, 4, 0, 0, 0, 6, 0x07, 4, 0, 0, 0, 7};
    enum status status = begin_call();
    (void)card;
    if (status != STATUS_OK) {
        return status;
    }
    size_t answered = sizeof features;
    memcpy(response, features, sizeof features);
    pthread_mutex_lock(&hostile.lock);
    status = spoil(response, &answered);
    pthread_mutex_unlock(&hostile.lock);
    if (status == STATUS_OK) {
        *size = answered;
    }
    return status;
}

/* Nobody types: what the reader answers is the script's, or that the person took too long. */
enum status pcsc_control(struct pcsc_card *card, uint32_t code, const uint8_t *request,
                         size_t request_size, uint8_t response[PCSC_RESPONSE_MAX], size_t *size)
{
    static const uint8_t timed_out[] = {0x64, 0x00};
    enum status status = begin_call();
    (void)card;
    (void)code;
    (void)request;
    (void)request_size;
    if (status != STATUS_OK) {
        return status;
    }
    size_t answered = sizeof timed_out;
    memcpy(response, timed_out, sizeof timed_out);
    pthread_mutex_lock(&hostile.lock);
    status = spoil(response, &answered);
    pthread_mutex_unlock(&hostile.lock);
    if (status == STATUS_OK) {
        *size = answered;
    }
    return status;
}

enum status pcsc_transmit(struct pcsc_card *card, const uint8_t *command, size_t command_size,
                          uint8_t response[PCSC_RESPONSE_MAX], size_t *size)
{
    enum status status = begin_call();
    (void)card;
    if (status != STATUS_OK) {
        return status;
    }
    size_t answered = 0;
    pthread_mutex_lock(&hostile.lock);
    fake_card_answer(command, command_size, response, &answered);
    status = spoil(response, &answered);
    pthread_mutex_unlock(&hostile.lock);
    if (status == STATUS_OK) {
        *size = answered;
    }
    return status;
}
